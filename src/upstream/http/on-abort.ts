const listening = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Has something done when a signal fires. A call makes and ends several requests; to add a listener to its signal and
 * take it away again for each of them costs more than to send one, so a signal gets one listener for all.
 * @returns takes it back
 */
export function onAbort(signal: AbortSignal, work: () => void): () => void {
  const all = listening.get(signal) ?? listenTo(signal);
  all.add(work);
  return () => all.delete(work);
}

function listenTo(signal: AbortSignal): Set<() => void> {
  const all = new Set<() => void>();
  listening.set(signal, all);
  signal.addEventListener('abort', () => {
    for (const work of all) work();
  });
  return all;
}
