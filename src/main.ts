const OLDEST_NODE = 24;

/** `node dist/main.js`: serves with the environment's configuration until SIGTERM or SIGINT, then drains. */
if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
  process.stderr.write(
    `Ringside needs Node.js ${OLDEST_NODE} or newer, but this is ${process.versions.node}. In a checkout, "npm start" brings its own.\n`,
  );
  process.exitCode = 1;
} else {
  const { serveUntilStopped } = await import('./serve.js');
  await serveUntilStopped();
}

export {};
