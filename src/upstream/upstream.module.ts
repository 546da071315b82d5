import { Module, type Provider } from '@nestjs/common';
import { RequestSizes } from '../domain/call/request-size.js';
import { Targets } from '../domain/call/target.js';
import { RenderedSizes } from './calls/rendered-sizes.js';
import { Upstream } from './calls/upstream.js';
import { AnswerSchemas } from './schemas/answer-schemas.js';

const services: Provider[] = [
  Upstream,
  { provide: Targets, useExisting: Upstream },
  { provide: RequestSizes, useClass: RenderedSizes },
  AnswerSchemas,
];

/** The world of models. It needs nothing of the other rooms. */
@Module({ providers: services, exports: services })
export class UpstreamModule {}
