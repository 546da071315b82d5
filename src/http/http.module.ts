import { Module } from '@nestjs/common';
import { controllers } from './controllers.js';
import { Drain } from './server/drain.js';
import { FrontDoor } from './server/front-door.js';
import { IdempotentWrites } from './server/idempotent-writes.js';

/** The front door: all routes. It needs those who know the caller, answer the calls and name the models. */
@Module({ controllers, providers: [Drain, FrontDoor, IdempotentWrites] })
export class HttpModule {}
