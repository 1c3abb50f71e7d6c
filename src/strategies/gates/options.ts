import { z } from 'zod';

/** Who says which task's expert and head an input gets: whoever asks, the nearest class prototype, or a trained router. */
export const gates = ['oracle', 'prototype', 'learned'] as const;
export type Gate = (typeof gates)[number];

/** Options of methods with an expert for each task, or group of tasks, on frozen features. */
export const gateShape = {
  gate: z
    .enum(gates)
    .default('oracle')
    .describe(
      'who says whose expert and head an input gets that comes without its task: nobody but who asks, the nearest class prototype, or a router that is trained again with each task on kept features of all; answers with the task told are the same',
    ),
  gateExamples: z
    .int()
    .positive()
    .default(200)
    .describe('training examples of each task, at most, whose features a gate is made from and, where it is learned, that are kept'),
};

export type GateOptions = Readonly<z.infer<z.ZodObject<typeof gateShape>>>;
