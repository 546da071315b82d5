import { Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CompleteChat } from '../../gateway/complete-chat.js';
import { RouteAccess } from '../server/route-access.js';
import { chatRequest } from './chat-request.js';
import { Inference } from './inference.js';

/** `POST /v1/chat/completions`, answered as JSON or as SSE. */
@Controller('v1/chat/completions')
@RouteAccess('server_key', 'inference')
export class ChatCompletionsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly inference: Inference,
  ) {}

  @Post()
  @HttpCode(200)
  complete(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.inference.answer(request, reply, {
      endpoint: 'chat.completions',
      bodyOf: chatRequest,
      run: (call) => this.commands.execute(new CompleteChat(call)),
    });
  }
}
