import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { Theme } from './theme.js';

type PlotOptions = NonNullable<Parameters<typeof Plot.plot>[0]>;

/**
 * Draws a plot as one SVG element in text form, without a browser.
 *
 * @param description what the picture shows, for people who cannot see it
 */
export function drawSvg(options: PlotOptions, theme: Theme, description: string): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>') as { readonly document: unknown };
  const plot: unknown = Plot.plot({
    ...options,
    document,
    ariaLabel: description,
    style: {
      color: theme.ink,
      background: 'none',
      fontFamily: 'system-ui, "Segoe UI", "DejaVu Sans", sans-serif',
      fontSize: '12px',
      overflow: 'visible',
    },
  });
  const svg = plot as { setAttribute(name: string, value: string): void; readonly outerHTML: string };
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  svg.setAttribute('role', 'img');
  return svg.outerHTML;
}
