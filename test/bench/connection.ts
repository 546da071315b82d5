import { connect, type Socket } from 'node:net';
import { nowMs } from './clock.ts';

/** How a call ended, times by `nowMs()`. `firstByteMs` is the first byte of the body, not of the headers. */
export interface Reply {
  /** 0 when the connection broke. */
  readonly status: number;
  readonly firstByteMs: number;
  readonly endMs: number;
  /** False for a stream that ended without `[DONE]`, and for a broken connection. */
  readonly complete: boolean;
}

const LF = 0x0a;
const TAIL_BYTES = 14;
type Expecting = 'nothing' | 'head' | 'sized body' | 'chunk size' | 'chunk' | 'trailer';

/**
 * One keep-alive connection that sends ready-made requests, one at a time, and reads no more of the answers than
 * it needs to know where they end: the generator shares two cores with what it measures.
 */
export class Connection {
  private readonly socket: Socket;
  private expecting: Expecting = 'nothing';
  private done: (reply: Reply) => void = () => undefined;
  private head = '';
  private status = 0;
  private firstByteMs = 0;
  private isStream = false;
  /** Bytes left of the sized body, or of the chunk with its line end. */
  private left = 0;
  private size = 0;
  private lineLength = 0;
  private tail = '';

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.socket.on('data', (bytes: Buffer) => this.read(bytes));
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => this.finish(false));
  }

  /** Called at the first byte of each answer's body. */
  onFirstByte: (() => void) | undefined;

  get broken(): boolean {
    return this.socket.destroyed;
  }

  /** Sends a request; `done` is called once, whatever happens. */
  send(request: Buffer, done: (reply: Reply) => void): void {
    this.done = done;
    this.expecting = 'head';
    this.head = '';
    this.status = 0;
    this.firstByteMs = 0;
    this.tail = '';
    this.socket.write(request);
  }

  close(): void {
    this.socket.destroy();
  }

  private finish(whole: boolean): void {
    if (this.expecting === 'nothing') return;
    this.expecting = 'nothing';
    const complete = whole && (!this.isStream || this.tail.includes('[DONE]'));
    const endMs = nowMs();
    this.done({ status: whole ? this.status : 0, firstByteMs: this.firstByteMs || endMs, endMs, complete });
  }

  private read(bytes: Buffer): void {
    let at = 0;
    if (this.expecting === 'head') {
      at = this.readHead(bytes);
      if (at < 0) return;
    }
    if (at < bytes.length && this.firstByteMs === 0) {
      this.firstByteMs = nowMs();
      this.onFirstByte?.();
    }
    if (this.expecting === 'sized body') {
      this.left -= bytes.length - at;
      if (this.left <= 0) this.finish(true);
    } else {
      this.readChunked(bytes, at);
    }
  }

  /** @returns where the body begins, or -1 while the head is not complete. */
  private readHead(bytes: Buffer): number {
    const before = this.head.length;
    this.head += bytes.toString('latin1');
    const end = this.head.indexOf('\r\n\r\n');
    if (end < 0) return -1;
    const head = this.head.slice(0, end).toLowerCase();
    this.status = Number(head.slice(9, 12));
    this.isStream = head.includes('text/event-stream');
    const length = head.indexOf('content-length: ');
    this.left = length < 0 ? 0 : Number.parseInt(head.slice(length + 16), 10);
    this.size = 0;
    this.lineLength = 0;
    this.expecting = length < 0 ? 'chunk size' : 'sized body';
    return end + 4 - before;
  }

  private readChunked(bytes: Buffer, start: number): void {
    let at = start;
    while (at < bytes.length && this.expecting !== 'nothing') {
      if (this.expecting === 'chunk') {
        const end = Math.min(at + this.left, bytes.length);
        this.tail = (this.tail + bytes.toString('latin1', Math.max(at, end - TAIL_BYTES), end)).slice(-TAIL_BYTES);
        this.left -= end - at;
        at = end;
        if (this.left === 0) this.expecting = 'chunk size';
      } else {
        this.readLineByte(bytes[at++]!);
      }
    }
  }

  /** Size lines may be split anywhere, so they are read byte by byte; they are short. */
  private readLineByte(byte: number): void {
    if (byte !== LF) {
      if (byte < 0x21) return;
      this.lineLength++;
      if (this.expecting === 'chunk size')
        this.size = this.size * 16 + (byte < 0x3a ? byte - 0x30 : (byte | 0x20) - 0x57);
      return;
    }
    if (this.expecting === 'trailer' && this.lineLength === 0) this.finish(true);
    else if (this.expecting === 'chunk size') {
      this.expecting = this.size === 0 ? 'trailer' : 'chunk';
      this.left = this.size + 2;
    }
    this.size = 0;
    this.lineLength = 0;
  }
}
