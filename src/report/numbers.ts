/** What stands where a number is not known. */
export const unknown = '–';

/** A share in [0, 1] with three decimals: `0.984`. */
export function formatShare(value: number | null): string {
  return value === null ? unknown : unsignedZero(value.toFixed(3));
}

/** A share that is a difference, always with its sign: `+0.012`. */
export function formatDifference(value: number | null): string {
  if (value === null) return unknown;
  const text = unsignedZero(value.toFixed(3));
  return value > 0 && text !== '0.000' ? `+${text}` : text;
}

/** A whole number in groups of three: `1,234,567`. */
export function formatCount(value: number | null): string {
  return value === null
    ? unknown
    : Math.round(value)
        .toString()
        .replace(/\B(?=(\d{3})+$)/g, ',');
}

/** A count in three digits: `950`, `12.3k`, `1.25M`. */
export function formatSize(value: number | null): string {
  return value === null ? unknown : scale(value, 1000, ['', 'k', 'M', 'G', 'T']);
}

/** Bytes in three digits: `950 B`, `12.3 kB`, `1.25 MB` (powers of 1000). */
export function formatBytes(value: number | null): string {
  return value === null ? unknown : scale(value, 1000, [' B', ' kB', ' MB', ' GB', ' TB']);
}

/** A duration: `0.42 s`, `12.3 s`, `4 min 05 s`, `2 h 03 min`. */
export function formatSeconds(value: number | null): string {
  if (value === null) return unknown;
  if (value < 9.995) return `${value.toFixed(2)} s`;
  if (value < 59.95) return `${value.toFixed(1)} s`;
  const seconds = Math.round(value);
  const pad = (n: number) => String(n).padStart(2, '0');
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${pad(seconds % 60)} s`;
  const minutes = Math.round(value / 60);
  return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
}

function scale(value: number, step: number, units: readonly string[]): string {
  let rest = value;
  let unit = 0;
  while (Math.abs(rest) >= step - 0.5 && unit < units.length - 1) {
    rest /= step;
    unit++;
  }
  const digits = unit === 0 ? 0 : Math.abs(rest) < 9.995 ? 2 : Math.abs(rest) < 99.95 ? 1 : 0;
  return `${unsignedZero(rest.toFixed(digits))}${units[unit] ?? ''}`;
}

/** Rounding can leave `-0.000`; a zero has no sign. */
function unsignedZero(text: string): string {
  return Number(text) === 0 ? text.replace('-', '') : text;
}
