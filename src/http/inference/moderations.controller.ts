import { Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Moderate } from '../../gateway/moderate.js';
import { RouteAccess } from '../server/route-access.js';
import { Inference } from './inference.js';
import { moderationRequest } from './moderation-request.js';

/** `POST /v1/moderations`. */
@Controller('v1/moderations')
@RouteAccess('server_key', 'inference')
export class ModerationsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly inference: Inference,
  ) {}

  @Post()
  @HttpCode(200)
  moderate(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.inference.answer(request, reply, {
      endpoint: 'moderations',
      bodyOf: moderationRequest,
      run: (call) => this.commands.execute(new Moderate(call)),
    });
  }
}
