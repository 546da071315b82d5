import { Module } from '@nestjs/common';
import { Idempotency } from './idempotency.js';
import { KeyClaims } from './key-claims.js';

/** One answer for one `Idempotency-Key`. It needs the ledger's subject keys. */
@Module({ providers: [Idempotency, KeyClaims], exports: [Idempotency] })
export class IdempotencyModule {}
