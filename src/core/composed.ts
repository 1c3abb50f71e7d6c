/**
 * A text in its composed Unicode form (NFC), by which names are compared: `é` may be one character or two, and looks the same. File names of one
 * machine often have the other form than texts of another.
 */
export const composed = (text: string): string => text.normalize('NFC');
