import { eventsOf } from '../support/provider-fixture.js';
import { fixtureRoom } from './fixture-room.js';
import { stepsOf } from './calling.js';
import type { SpokenAnswer } from './dialects/dialect.js';
import { speakers, speechCall } from './dialects/speaking.js';

const WORDS = Array.from({ length: 60 }, (_, no) => ` word${no}.`);
const ANSWER: SpokenAnswer = {
  parts: [{ kind: 'text', pieces: WORDS }],
  finish: 'stop',
  promptTokens: 3,
  cachedTokens: 0,
  completionTokens: 60,
};

/** Lets events of a stream go, up to one and no further. */
class Gate {
  #open = -1;
  #waiting: (() => void)[] = [];

  openTo(event: number): void {
    this.#open = event;
    for (const go of this.#waiting.splice(0)) go();
  }

  async pass(event: number): Promise<void> {
    while (event > this.#open) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}

describe('every word leaves the upstream room before the next one is sent', () => {
  const upstream = fixtureRoom();

  it.each(speakers().map((speaker, no) => [speaker.provider.id, no, speaker] as const))(
    'by %s (%i)',
    async (_, __, speaker) => {
      const gate = new Gate();
      const events = speaker.dialect.streamed(ANSWER).map(eventsOf).find((all) => all !== undefined)!; // prettier-ignore
      const eventWith = (word: string) => events.findIndex((event) => event.includes(word));
      const opened = upstream.room.chat(
        speechCall(upstream.server, { ...speaker, answer: ANSWER, stream: true, hold: (event) => gate.pass(event) }),
      );
      gate.openTo(eventWith(WORDS[0]!));
      const steps = await stepsOf(opened);
      let seen = '';
      for (const [no, word] of WORDS.entries()) {
        gate.openTo(eventWith(word));
        while (!seen.endsWith(word)) {
          const { bytes, outputText } = (await steps.next()).value!;
          if (outputText !== '') expect(bytes!.toString()).toContain(`${outputText.trimStart().split(' ').at(-1)}`);
          seen += outputText;
        }
        expect(seen).toBe(WORDS.slice(0, no + 1).join(''));
      }
      gate.openTo(Infinity);
      for (let step = await steps.next(); !step.done; step = await steps.next()) seen += step.value.outputText;
      expect(seen).toBe(WORDS.join(''));
    },
  );
});
