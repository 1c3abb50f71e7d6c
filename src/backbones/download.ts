import { LifelongError } from '../core/errors.js';
import { inputLimits } from '../data/input-limits.js';

export interface DownloadOptions {
  /** What is expected there, for errors: `a safetensors file`. */
  readonly what: string;
  readonly maxBytes?: number;
  /** How long nothing may come, in seconds. */
  readonly stallSeconds?: number;
}

/**
 * Fetches a file. Reading stops where there are more bytes than allowed, or nothing comes for too long.
 *
 * @throws LifelongError `data`
 */
export async function download(
  url: string,
  { what, maxBytes = inputLimits.downloadBytes, stallSeconds = inputLimits.downloadStallSeconds }: DownloadOptions,
): Promise<Uint8Array> {
  const failed = (found: string, cause?: unknown, advice = 'check the address') =>
    new LifelongError('data', `${url}: ${what} expected, found ${found}`, `${advice}, or fetch the file yourself and give its path`, {
      cause,
    });
  const tooLarge = (found: string) =>
    failed(`${found} bytes, at most ${maxBytes} are fetched`, undefined, 'put #maxBytes=NUMBER behind the address if that is right');
  const stall = new AbortController();
  const timer = setTimeout(() => stall.abort(), stallSeconds * 1000);
  const pieces: Uint8Array[] = [];
  try {
    const response = await fetch(url, { signal: stall.signal });
    if (!response.ok) throw failed(`status ${response.status}`);
    const announced = Number(response.headers.get('content-length') ?? 0);
    if (announced > maxBytes) throw tooLarge(String(announced));
    let length = 0;
    for await (const piece of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      timer.refresh();
      length += piece.length;
      if (length > maxBytes) throw tooLarge('more');
      pieces.push(piece);
    }
  } catch (cause) {
    if (cause instanceof LifelongError) throw cause;
    throw failed(stall.signal.aborted ? `nothing that came within ${stallSeconds} s` : 'no answer', cause);
  } finally {
    clearTimeout(timer);
    stall.abort(); // closes the connection of what is not read to its end
  }
  return Buffer.concat(pieces);
}
