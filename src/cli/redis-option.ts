import { Option } from 'commander';

/** The address of a Redis server, which may hold a password and is never shown. */
export const redisOption = (description: string): Option => new Option('--redis <url>', description).env('LIFELONG_REDIS');
