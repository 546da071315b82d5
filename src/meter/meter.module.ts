import { Module, type Provider } from '@nestjs/common';
import { TokenCount } from '../domain/call/token-count.js';
import { Meter } from './meter.js';
import { TokenCounter } from './token-counter.js';

const services: Provider[] = [Meter, { provide: TokenCount, useExisting: TokenCounter }];

/** What a call used, and its record. It needs the ledger. */
@Module({ providers: [...services, TokenCounter], exports: services })
export class MeterModule {}
