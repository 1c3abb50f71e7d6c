/** A GIF cut after its first frame. */
export interface FirstFrame {
  readonly bytes: Uint8Array;
  /** Whether other frames came after it. */
  readonly animated: boolean;
  /** Whether one of its colours stands for transparency. */
  readonly transparent: boolean;
  /** Whether it covers the whole canvas. */
  readonly whole: boolean;
}

const trailer = 0x3b;
const extension = 0x21;
const frame = 0x2c;
const graphicControl = 0xf9;

/** Bytes of a colour table by the flags that announce it. */
const tableBytes = (flags: number): number => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);

/**
 * The first frame of a GIF as a file of its own, so that an animation of thousands of frames is not unpacked for one; undefined where the
 * file is cut off before, or its frame is larger than its canvas.
 */
export function firstFrame(file: Uint8Array): FirstFrame | undefined {
  const byte = (at: number): number => file[at] ?? 0;
  const short = (at: number): number => byte(at) | (byte(at + 1) << 8);
  const skipBlocks = (from: number): number => {
    let at = from;
    while (at < file.length && byte(at) !== 0) at += 1 + byte(at);
    return at + 1;
  };
  let cut: number | undefined;
  let transparent = false;
  let whole = false;
  const found = (end: number, animated: boolean): FirstFrame => ({ bytes: closed(file, end), animated, transparent, whole });
  for (let at = 13 + tableBytes(byte(10)); at < file.length;) {
    if (byte(at) === extension) {
      if (cut === undefined && byte(at + 1) === graphicControl) transparent = (byte(at + 3) & 1) === 1;
      at = skipBlocks(at + 2);
    } else if (byte(at) !== frame) break;
    else {
      if (cut !== undefined) return found(cut, true);
      if (short(at + 1) + short(at + 5) > short(6) || short(at + 3) + short(at + 7) > short(8)) return undefined;
      whole = short(at + 5) === short(6) && short(at + 7) === short(8);
      at = skipBlocks(at + 10 + tableBytes(byte(at + 9)) + 1);
      if (at > file.length) return undefined;
      cut = at;
    }
  }
  return cut === undefined ? undefined : found(cut, false);
}

const closed = (file: Uint8Array, end: number): Uint8Array => Buffer.concat([file.subarray(0, end), Uint8Array.of(trailer)]);
