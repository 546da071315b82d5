import { Module } from '@nestjs/common';
import { Subjects } from '../keys/subjects.js';
import { Journal } from './journal.js';

/**
 * The journal by itself: what reads and writes events, and knows nothing of what they mean. The views read through it
 * too.
 */
@Module({ providers: [Subjects, Journal], exports: [Subjects, Journal] })
export class JournalModule {}
