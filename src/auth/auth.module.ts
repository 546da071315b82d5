import { Module } from '@nestjs/common';
import { Operator } from './operator.js';
import { ServerKeys } from './server-keys.js';

/** Who is calling. It needs the views, where the server keys stand, and the ledger's streams. */
@Module({ providers: [Operator, ServerKeys], exports: [Operator, ServerKeys] })
export class AuthModule {}
