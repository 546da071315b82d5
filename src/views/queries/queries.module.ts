import { Module } from '@nestjs/common';
import { queryHandlers } from './index.js';

/** The queries. They also ask what others know: prices, models, providers, the backlog, the stores. */
@Module({ providers: queryHandlers })
export class QueriesModule {}
