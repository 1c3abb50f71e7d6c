import { resourceUsage } from 'node:process';

/** The most memory that this process has held so far, in bytes. */
export const peakRssBytes = (): number => resourceUsage().maxRSS * 1024;
