import { Controller, HttpCode, Post, Req, Res, UseGuards } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CreateEmbedding } from '../gateway/create-embedding.js';
import { AuthenticationGuard } from './authentication.guard.js';
import { embeddingRequest } from './embedding-request.js';
import { Inference } from './inference.js';

/** `POST /v1/embeddings`. */
@Controller('v1/embeddings')
@UseGuards(AuthenticationGuard)
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
