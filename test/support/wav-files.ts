/** How a WAV file is made. */
export interface WavForm {
  /** Samples a second. */
  readonly rate?: number;
  readonly bits?: 8 | 16 | 24 | 32 | 64;
  readonly float?: boolean;
  /** As WAVE_FORMAT_EXTENSIBLE, with the coding further behind. */
  readonly extensible?: boolean;
  /** Chunks before the sound, by name. */
  readonly chunks?: Readonly<Record<string, Uint8Array>>;
}

/** A WAV file of channels of samples in [-1, 1]. */
export function wav(channels: readonly ArrayLike<number>[], form: WavForm = {}): Buffer {
  const { rate = 16_000, bits = 16, float = false, extensible = false, chunks = {} } = form;
  const block = (channels.length * bits) / 8;
  const format = Buffer.alloc(extensible ? 40 : 16);
  format.writeUInt16LE(extensible ? 0xfffe : float ? 3 : 1, 0);
  format.writeUInt16LE(channels.length, 2);
  format.writeUInt32LE(rate, 4);
  format.writeUInt32LE(rate * block, 8);
  format.writeUInt16LE(block, 12);
  format.writeUInt16LE(bits, 14);
  if (extensible) {
    format.writeUInt16LE(22, 16);
    format.writeUInt16LE(bits, 18);
    format.writeUInt16LE(float ? 3 : 1, 24);
  }
  const sound = Buffer.alloc((channels[0]?.length ?? 0) * block);
  for (let i = 0; i < (channels[0]?.length ?? 0); i++) {
    for (const [c, channel] of channels.entries()) writeSample(sound, i * block + (c * bits) / 8, channel[i] ?? 0, bits, float);
  }
  const parts = [...Object.entries({ 'fmt ': format, ...chunks }), ['data', sound] as const].map(([name, content]) => {
    const header = Buffer.alloc(8);
    header.write(name, 'latin1');
    header.writeUInt32LE(content.length, 4);
    return Buffer.concat([header, content]);
  });
  const body = Buffer.concat([Buffer.from('WAVE'), ...parts]);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(body.length);
  return Buffer.concat([Buffer.from('RIFF'), size, body]);
}

function writeSample(to: Buffer, at: number, value: number, bits: number, float: boolean): void {
  if (float && bits === 64) to.writeDoubleLE(value, at);
  else if (float) to.writeFloatLE(value, at);
  else if (bits === 8) to.writeUInt8(Math.round(128 + 127 * value), at);
  else to.writeIntLE(Math.round(value * (2 ** (bits - 1) - 1)), at, bits / 8);
}

/** A tone in [-0.5, 0.5]. */
export const tone = (hertz: number, seconds: number, rate = 16_000): Float32Array =>
  Float32Array.from({ length: Math.round(seconds * rate) }, (_, i) => 0.5 * Math.sin((2 * Math.PI * hertz * i) / rate));
