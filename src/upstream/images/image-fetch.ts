import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Clock } from '../../domain/clock.js';
import { RingsideError } from '../../domain/errors.js';
import type { UpstreamCall } from '../exchange.js';
import { imageType } from './image-type.js';
import { imagesByUrl, withImages } from './images-by-url.js';
import type { RequestQuirks } from '../quirks.js';
import { isPublicAddress } from '../../network/public-address.js';
import { getFrom } from '../http/transport.js';
import { headerOf, type WireResponse } from '../wire.js';

/** How images are fetched where that is not as usual. */
export interface ImageFetchOptions {
  /** Lets images come from this machine. */
  readonly allowLoopback?: boolean;
  /** For all images of a call together. */
  readonly timeoutMs?: number;
  /** The most bytes of one image. */
  readonly maxImageBytes?: number;
  /** The most bytes of all images of a call together. */
  readonly maxCallBytes?: number;
  /** The most bytes of the images of all calls that hold them. */
  readonly maxHeldBytes?: number;
  /** How many images are fetched at once, of all calls together and of one. */
  readonly mostAtOnce?: number;
  readonly mostAtOnceOfCall?: number;
  /** What a host's name leads to; the system's resolver when left out. */
  readonly resolve?: (host: string) => Promise<readonly LookupAddress[]>;
}

/** The images of a call are in memory at once, and in base64 part of one JSON text. */
const USUAL: Required<ImageFetchOptions> = {
  allowLoopback: false,
  timeoutMs: 10_000,
  maxImageBytes: 20 * 1024 * 1024,
  maxCallBytes: 64 * 1024 * 1024,
  maxHeldBytes: 128 * 1024 * 1024,
  mostAtOnce: 256,
  mostAtOnceOfCall: 5,
  resolve: addressesOf,
};

const MOST_IMAGES = 20;
const MOST_REDIRECTS = 3;

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Bytes as they are: what is compressed could grow beyond every limit. */
const HEADERS = {
  accept: 'image/png, image/jpeg, image/gif, image/webp',
  'accept-encoding': 'identity',
  'user-agent': 'ringside',
};

const CANNOT = 'the image cannot be fetched';

/** Why there is no image, in words that do not say where it was looked for. */
class Unfetchable extends Error {
  constructor(why: string, options?: ErrorOptions) {
    super(`${CANNOT}: ${why}`, options);
  }
}

/** All calls together hold as many bytes of images as they may. */
class NoRoom extends Error {}

/** What the images of one call are fetched under. */
interface FetchContext {
  readonly signal: AbortSignal;
  /** Of all of them together. */
  bytes: number;
  readonly turns: Turns;
}

/**
 * Fetches images for providers that fetch none themselves. The addresses come from strangers and the requests from
 * inside of the operator's network, so nothing is asked but public addresses, and those exactly that were checked.
 */
export class ImageFetcher {
  readonly #options: Required<ImageFetchOptions>;
  /** Of all calls. */
  readonly #turns: Turns;
  #heldBytes = 0;
  /** What each call with its images holds until it is released. */
  readonly #held = new Map<UpstreamCall, number>();

  constructor(
    private readonly clock: Clock,
    options: ImageFetchOptions = {},
  ) {
    this.#options = { ...USUAL, ...options };
    this.#turns = new Turns(this.#options.mostAtOnce);
  }

  /**
   * The call with its images as `data:` URLs in place of http(s) ones, all of them or those without a file extension;
   * the same call where there are none. The time that takes is time spent waiting. What it gives is to be released.
   * @throws RingsideError `invalid_parameter` naming the image that cannot be had, `upstream_unavailable` when all
   * calls together hold too many; the signal's reason once that fires
   */
  async inlined(call: UpstreamCall, which: NonNullable<RequestQuirks['inlineImages']>): Promise<UpstreamCall> {
    const images = imagesByUrl(call.body.messages, which);
    const urls = [...images.keys()];
    if (urls.length === 0) return call;
    const tooMany = urls[MOST_IMAGES];
    if (tooMany !== undefined)
      throw refusal(images.get(tooMany)!, `${CANNOT}: a call may have at most ${MOST_IMAGES} images`);
    const sinceMs = this.clock.elapsedMs();
    const rest = new AbortController();
    const errand = {
      signal: AbortSignal.any([call.signal, rest.signal, AbortSignal.timeout(this.#options.timeoutMs)]),
      bytes: 0,
      turns: new Turns(this.#options.mostAtOnceOfCall),
    };
    try {
      const fetched = await Promise.all(urls.map((url) => this.#fetch(url, errand, images.get(url)!)));
      const inlined = { ...call, body: withImages(call.body, new Map(urls.map((url, n) => [url, fetched[n]!]))) };
      this.#held.set(inlined, errand.bytes);
      return inlined;
    } catch (error) {
      rest.abort();
      this.#heldBytes -= errand.bytes;
      call.signal.throwIfAborted();
      throw error;
    } finally {
      rest.abort();
      call.waited.upstreamMs += this.clock.elapsedMs() - sinceMs;
    }
  }

  /** A call that `inlined` gave has been sent: its images count no more. */
  release(call: UpstreamCall): void {
    this.#heldBytes -= this.#held.get(call) ?? 0;
    this.#held.delete(call);
  }

  /** Counts bytes that have come, until the errand is over. */
  #hold(bytes: number, context: FetchContext): void {
    context.signal.throwIfAborted();
    context.bytes += bytes;
    this.#heldBytes += bytes;
    if (this.#heldBytes > this.#options.maxHeldBytes) throw new NoRoom();
  }

  async #fetch(address: string, context: FetchContext, param: string): Promise<string> {
    try {
      const bytes = await context.turns.take(context.signal, () =>
        this.#turns.take(context.signal, () => this.#follow(address, context)),
      );
      const type = imageType(bytes);
      if (type === undefined) throw new Unfetchable('it is not PNG, JPEG, GIF or WebP');
      return `data:${type};base64,${bytes.toString('base64')}`;
    } catch (error) {
      if (error instanceof NoRoom)
        throw new RingsideError('upstream_unavailable', `${CANNOT} now: too many are being sent; try again`);
      if (error instanceof Unfetchable || error instanceof RingsideError) throw refusal(param, error.message);
      const isLate = error instanceof DOMException && error.name === 'TimeoutError';
      throw isLate ? refusal(param, `${CANNOT}: it did not come within ${this.#options.timeoutMs} ms`) : error;
    }
  }

  async #follow(address: string, context: FetchContext): Promise<Buffer> {
    let at = address;
    let base: URL | undefined;
    for (let turn = 0; turn <= MOST_REDIRECTS; turn++) {
      const url = webAddress(at, base);
      const answer = await this.#get(url, context);
      if (Buffer.isBuffer(answer)) return answer;
      at = answer.location;
      base = url;
    }
    throw new Unfetchable(`it is redirected more than ${MOST_REDIRECTS} times`);
  }

  async #get(url: URL, context: FetchContext): Promise<Buffer | { readonly location: string }> {
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
    const family = isIP(host);
    const addresses =
      family > 0 ? [{ address: host, family }] : await unlessAborted(this.#options.resolve(host), context.signal);
    if (
      addresses.length === 0 ||
      !addresses.every(({ address }) => isPublicAddress(address, this.#options.allowLoopback))
    ) {
      throw new Unfetchable('it is not at a public address');
    }
    const { signal } = context;
    const terms = {
      provider: CANNOT,
      clock: this.clock,
      signal,
      waited: { upstreamMs: 0 },
      totalTimeoutMs: this.#options.timeoutMs,
    };
    return getFrom(url, addresses, HEADERS, terms, (response) => this.#read(response, context));
  }

  /** Reads an image, or where it is to be found instead. */
  async #read(
    { status, headers, body }: WireResponse,
    context: FetchContext,
  ): Promise<Buffer | { readonly location: string }> {
    const location = REDIRECTS.has(status) ? headerOf(headers, 'location') : undefined;
    if (location !== undefined) return { location };
    if (status !== 200) throw new Unfetchable(`its server answered HTTP ${status}`);
    const { maxImageBytes, maxCallBytes } = this.#options;
    const checkSize = (bytes: number) => {
      if (bytes > maxImageBytes) throw new Unfetchable(`it is larger than ${maxImageBytes} bytes`);
      if (context.bytes > maxCallBytes)
        throw new Unfetchable(`the images of a call together are larger than ${maxCallBytes} bytes`);
    };
    checkSize(Number(headerOf(headers, 'content-length')));
    const pieces: Buffer[] = [];
    let bytes = 0;
    for await (const piece of body) {
      bytes += piece.length;
      this.#hold(piece.length, context);
      checkSize(bytes);
      pieces.push(piece);
    }
    return Buffer.concat(pieces, bytes);
  }
}

/** Lets so many work at once; the others wait for their turn. */
class Turns {
  readonly #waiting: (() => void)[] = [];

  constructor(private free: number) {}

  async take<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    if (this.free > 0) this.free--;
    else await this.#turn(signal);
    try {
      return await work();
    } finally {
      this.#pass();
    }
  }

  async #turn(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    try {
      await unlessAborted(promise, signal);
    } catch (error) {
      const place = this.#waiting.indexOf(resolve);
      if (place === -1) this.#pass();
      else this.#waiting.splice(place, 1);
      throw error;
    }
  }

  #pass(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.free++;
  }
}

/** An http(s) URL, maybe relative to the one that redirected there. */
function webAddress(text: string, base: URL | undefined): URL {
  const url = URL.canParse(text, base?.href) ? new URL(text, base?.href) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') throw new Unfetchable(`its URL is not http or https`);
  return url;
}

async function addressesOf(host: string): Promise<readonly LookupAddress[]> {
  try {
    return await lookup(host, { all: true });
  } catch (error) {
    throw new Unfetchable(`its host name does not resolve`, { cause: error });
  }
}

/** What a promise comes to, unless the signal fires before. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

function refusal(param: string, message: string): RingsideError {
  return new RingsideError('invalid_parameter', message, { param });
}
