import type { EventStreamFrame } from './event-stream-frames.js';
import { written, type Dice } from './odd-values.js';
import type { PlannedExchange } from './provider-fixture.js';

type Answer = PlannedExchange['answer'];

/**
 * A provider's answer in which a few things are not what they were: of its JSON, of an event of its stream, or of the
 * order of its events.
 */
export function oddAnswer(answer: Answer, dice: Dice): Answer {
  const { body, chunks, frames } = answer;
  if (frames) {
    const at = dice.below(frames.length);
    const odd = frames.map((frame, place) =>
      place === at && frame.type !== 'error' ? { ...frame, payload: oddPayload(frame, dice) } : frame,
    );
    return { ...answer, frames: disturbed(odd, dice) };
  }
  if (chunks) return { ...answer, chunks: disturbed(oddEvents(chunks.join(''), dice), dice) };
  if (body === undefined || typeof body === 'string') return answer;
  return {
    ...answer,
    body: written(dice.mutated(body)),
    headers: { 'content-type': 'application/json', ...answer.headers },
  };
}

function oddPayload({ payload }: EventStreamFrame, dice: Dice): EventStreamFrame['payload'] {
  const odd = dice.mutated(payload);
  return typeof odd === 'object' && odd !== null ? (odd as EventStreamFrame['payload']) : { payload: odd };
}

/** The events of a stream as text, the JSON of some of them changed. */
function oddEvents(stream: string, dice: Dice): string[] {
  const events = stream.split(/(?<=\r?\n\r?\n)/);
  const share = 1.5 / events.length;
  return events.map((event) =>
    dice.chance(share)
      ? event.replace(/^data: ?([[{].*)$/m, (_, json: string) => `data: ${oddJson(json, dice)}`)
      : event,
  );
}

function oddJson(json: string, dice: Dice): string {
  try {
    return written(dice.mutated(JSON.parse(json)));
  } catch {
    return json;
  }
}

/** Now and then an event is missing, comes twice, or changes places with another. */
function disturbed<Event>(events: readonly Event[], dice: Dice): Event[] {
  const all = [...events];
  if (all.length === 0 || dice.chance(0.8)) return all;
  const [at, to] = [dice.below(all.length), dice.below(all.length)];
  const [event] = all.splice(at, 1);
  if (dice.chance(0.7)) all.splice(to, 0, event!);
  if (dice.chance(0.3)) all.splice(at, 0, event!);
  return all;
}
