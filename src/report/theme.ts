/**
 * Colours of a picture. Every series also has its own shape or dash, and shades of a matrix grow darker with the number, so that a picture reads
 * in grey and for colour-blind eyes (hues after Okabe & Ito 2008).
 */
export interface Theme {
  readonly ink: string;
  readonly muted: string;
  readonly faint: string;
  readonly paper: string;
  /** Main series, what it is compared with, and two more. */
  readonly series: readonly [string, string, string, string];
}

export const lightTheme: Theme = {
  ink: '#1b1f24',
  muted: '#59636e',
  faint: '#d5dae0',
  paper: '#ffffff',
  series: ['#0072b2', '#c25100', '#00795a', '#8f4f7c'],
};

export const darkTheme: Theme = {
  ink: '#e8ebee',
  muted: '#a3adb8',
  faint: '#3a424c',
  paper: '#14171b',
  series: ['#56b4e9', '#f0a030', '#2fc296', '#d99ac2'],
};

/** Colours by CSS variable, so that one picture inside a page follows the reader's light or dark setting. */
export const pageTheme: Theme = {
  ink: 'var(--ink)',
  muted: 'var(--muted)',
  faint: 'var(--faint)',
  paper: 'var(--paper)',
  series: ['var(--series-0)', 'var(--series-1)', 'var(--series-2)', 'var(--series-3)'],
};

/** The CSS declarations that {@link pageTheme} reads. */
export function themeVariables(theme: Theme): string {
  const { ink, muted, faint, paper, series } = theme;
  return `--ink:${ink};--muted:${muted};--faint:${faint};--paper:${paper};${series.map((color, i) => `--series-${i}:${color}`).join(';')}`;
}
