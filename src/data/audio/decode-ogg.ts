import { oggStream } from './ogg-pages.js';
import { average, checkLength, checkRate, refused, type Sound } from './sound.js';

/** What the header of a codec says. */
interface OggForm {
  readonly channels: number;
  /** Samples a second. */
  readonly rate: number;
  /** Samples before the sound begins. */
  readonly skip: number;
  /** Most samples that a packet gives. */
  readonly packet: number;
  readonly decode: (bytes: Uint8Array) => Promise<{ readonly channelData: readonly Float32Array[] }>;
}

const mostChannels = 8;

/** Numbers that packets may give together: what a small file may say that it unpacks to. */
const mostNumbers = 2 ** 27;

/**
 * Decodes an Ogg file with Vorbis or Opus in it. Channels are averaged.
 *
 * @param path for errors
 * @param most seconds that it may be long
 * @throws LifelongError `data` for a file that is damaged, cut off or of another codec; for more seconds
 */
export async function decodeOgg(bytes: Uint8Array, path: string, most: number): Promise<Sound> {
  const { header, packets, end } = oggStream(bytes, path);
  const { channels, rate, skip, packet, decode } = formOf(header, path);
  checkRate(rate, path);
  const told = end - skip;
  if (told <= 0) throw refused(path, 'a recording with samples', 'none', 'remove the file, or record it again');
  checkLength(told, rate, most, path);
  if (channels < 1 || channels > mostChannels || packets * packet * channels > mostNumbers) {
    const found = `${channels} channels in ${packets} packets`;
    throw refused(path, `1 to ${mostChannels} channels in few packets`, found, 'save the recording again');
  }
  const decoded = await decode(bytes.slice()).catch((cause: unknown) => cause);
  const found = decoded instanceof Object && 'channelData' in decoded ? (decoded.channelData as readonly Float32Array[]) : [];
  const samples = average(found);
  if (found.length === 0 || samples.length < told || !samples.every(Number.isFinite)) {
    throw refused(path, `an Ogg recording of ${told} samples`, 'one that does not decode', 'save the recording again', decoded);
  }
  return { samples: samples.subarray(0, told), rate, channels };
}

/** Packages are loaded where there is something for them to decode. */
function formOf(header: Uint8Array, path: string): OggForm {
  const name = Buffer.from(header.subarray(0, 8)).toString('latin1');
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  if (name.startsWith('\x01vorbis') && header.length >= 30) {
    return {
      ...{ channels: view.getUint8(11), rate: view.getUint32(12, true), skip: 0, packet: 2 ** (view.getUint8(28) >> 4) / 2 },
      decode: async (bytes) => (await import('@audio/decode-vorbis')).default(bytes),
    };
  }
  if (name === 'OpusHead' && header.length >= 19) {
    return {
      ...{ channels: view.getUint8(9), rate: 48_000, skip: view.getUint16(10, true), packet: 5760 },
      decode: async (bytes) => (await import('@audio/decode-opus')).default(bytes),
    };
  }
  const found = name.startsWith('\x7fFLAC') ? 'FLAC' : 'another codec';
  throw refused(path, 'Vorbis or Opus in an Ogg file', found, 'save the recording as WAV or FLAC');
}
