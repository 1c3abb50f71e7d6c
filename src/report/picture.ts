import { Resvg } from '@resvg/resvg-js';
import { LifelongError } from '../core/errors.js';
import { lightTheme } from './theme.js';

/**
 * A picture from SVG text as PNG bytes, on white paper. Text is drawn with the fonts of this machine.
 *
 * @param scale pixels for one unit of the SVG
 * @throws LifelongError `config` when this machine has no font to draw text with
 */
export function renderPng(svg: string, scale = 2): Uint8Array {
  if (!hasFont()) {
    throw new LifelongError(
      'config',
      'PNG: a system font expected for its text, found none',
      'install one (Debian: fonts-dejavu-core), or write SVG',
    );
  }
  return new Resvg(svg, {
    background: lightTheme.paper,
    fitTo: { mode: 'zoom', value: scale },
    font: { loadSystemFonts: true, defaultFontFamily: 'DejaVu Sans', sansSerifFamily: 'DejaVu Sans' },
  })
    .render()
    .asPng();
}

let fontFound: boolean | undefined;

function hasFont(): boolean {
  const probe = '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20"><text x="2" y="16" font-family="sans-serif">M</text></svg>';
  fontFound ??= new Resvg(probe, { font: { loadSystemFonts: true } }).render().pixels.some((byte) => byte > 0);
  return fontFound;
}
