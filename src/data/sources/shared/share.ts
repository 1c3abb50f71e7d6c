import { z } from 'zod';

/** `10%` as text. */
export const percentSchema = z.string().regex(/^\d+(\.\d+)?%$/, 'a number of samples or a share such as 10% expected');

/** `20%` as 0.2; undefined for what is no share. */
export const shareOf = (text: string): number | undefined =>
  percentSchema.safeParse(text).success ? Number.parseFloat(text) / 100 : undefined;
