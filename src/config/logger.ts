import type { LoggerService } from '@nestjs/common';
import { pino, type Logger } from 'pino';
import type { Config } from './config.js';

type Level = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace';

/** What Nest tells of its own start is for its developers. */
const NEST_STARTING = new Set(['NestFactory', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestApplication']);

/** What keeps the app from starting is thrown as well; whoever started it says it in one line. */
const NEST_FAILING = 'ExceptionHandler';

/**
 * Nest's log lines as JSON on standard output. A line may hold request, customer and event ids; never a key, a prompt,
 * or a name that a caller gave.
 */
export class JsonLogger implements LoggerService {
  private readonly pino: Logger;

  constructor({ logLevel }: Pick<Config, 'logLevel'>) {
    this.pino = pino({ level: logLevel, base: null, redact: ['*.authorization', '*.apiKey', '*.headers', '*.body'] });
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.write(rest.at(-1) === NEST_FAILING ? 'debug' : 'error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  log(message: unknown, ...rest: unknown[]): void {
    this.write(NEST_STARTING.has(String(rest.at(-1))) ? 'debug' : 'info', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }

  /** Nest passes the context last; before it may stand a text that explains a first object. */
  private write(level: Level, message: unknown, rest: unknown[]): void {
    const context = rest.at(-1);
    const text = rest.length > 1 ? rest[0] : undefined;
    if (typeof message === 'object' && message !== null)
      this.pino[level]({ context, ...message }, typeof text === 'string' ? text : undefined);
    else this.pino[level]({ context }, String(message));
  }
}
