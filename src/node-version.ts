const OLDEST_NODE = 24;

/**
 * What to say when this Node is too old to run Ringside; undefined when it is not. The package cannot bring its own, as
 * a checkout does.
 */
export function nodeTooOld(): string | undefined {
  if (Number(process.versions.node.split('.')[0]) >= OLDEST_NODE) return undefined;
  return `Ringside needs Node.js ${OLDEST_NODE} or newer, but this is ${process.versions.node}. In a checkout, "npm start" brings its own.\n`;
}
