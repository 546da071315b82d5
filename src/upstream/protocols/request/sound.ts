import { typeOfBase64 } from '../../images/image-type.js';
import { asObject } from '../../json/json.js';
import { plainBase64 } from './plain-base64.js';

/** An audio input of the user. */
export interface Sound {
  /** Base64. */
  readonly data: string;
  /** The format of the bytes, if they show it, whatever is declared. */
  readonly format: string;
}

const AUDIO = 'audio/';

/** Reads an `input_audio`. Undefined if it is not one. */
export function readSound(value: unknown): Sound | undefined {
  const { data: written, format } = asObject(value) ?? {};
  if (typeof written !== 'string' || typeof format !== 'string') return undefined;
  const data = plainBase64(written);
  const type = typeOfBase64(data);
  return { data, format: type?.startsWith(AUDIO) ? type.slice(AUDIO.length) : format.toLowerCase() };
}
