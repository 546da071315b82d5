import { Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CreateEmbedding } from '../../gateway/create-embedding.js';
import { RouteAccess } from '../server/route-access.js';
import { embeddingRequest } from './embedding-request.js';
import { Inference } from './inference.js';

/** `POST /v1/embeddings`. */
@Controller('v1/embeddings')
@RouteAccess('server_key', 'inference')
export class EmbeddingsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly inference: Inference,
  ) {}

  @Post()
  @HttpCode(200)
  embed(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.inference.answer(request, reply, {
      endpoint: 'embeddings',
      bodyOf: embeddingRequest,
      run: (call) => this.commands.execute(new CreateEmbedding(call)),
    });
  }
}
