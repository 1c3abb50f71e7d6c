/** A value from outside as an error shows it: as JSON, on one line, cut to 60 characters. */
export function shown(value: unknown): string {
  const text = jsonOf(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

function jsonOf(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  try {
    const text = JSON.stringify(value) as unknown; // undefined for a function, whatever its type says
    return typeof text === 'string' ? text : typeof value;
  } catch {
    return typeof value; // nested too deeply, or in a circle
  }
}
