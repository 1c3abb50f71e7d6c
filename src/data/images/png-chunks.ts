/** A chunk of a PNG file. */
export interface PngChunk {
  readonly type: string;
  readonly bytes: Uint8Array;
  /** With its length, type and checksum. */
  readonly whole: Uint8Array;
}

/** The chunks of a PNG file; it ends early where the file is cut off. */
export function* pngChunks(file: Uint8Array): Generator<PngChunk> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  for (let at = 8; at + 12 <= file.length;) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...file.subarray(at + 4, at + 8));
    yield { type, bytes: file.subarray(at + 8, at + 8 + length), whole: file.subarray(at, at + 12 + length) };
    at += 12 + length;
  }
}
