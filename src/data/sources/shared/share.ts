import { z } from 'zod';

const percent = 'a share such as 10% expected';

/** `10%` as text. Any other text ends the check, so that a union with other forms names them all. */
export const percentSchema = z.string(percent).regex(/^\d+(\.\d+)?%$/, { error: percent, abort: true });

/** `20%` as 0.2; undefined for what is no share. */
export const shareOf = (text: string): number | undefined =>
  percentSchema.safeParse(text).success ? Number.parseFloat(text) / 100 : undefined;
