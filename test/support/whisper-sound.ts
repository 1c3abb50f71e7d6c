/** The sound of one second of test/fixtures/whisper/whisper.py. */
export const whisperSound = (): Float32Array =>
  Float32Array.from({ length: 16_000 }, (_, i) => {
    const t = i / 16_000;
    return 0.5 * Math.sin(2 * Math.PI * 440 * t) + 0.25 * Math.sin(2 * Math.PI * (200 * t + 1500 * t * t)) * Math.exp(-3 * t);
  });
