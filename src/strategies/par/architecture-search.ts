import type { Architecture } from '../../core/architecture.js';
import type { Search } from '../../search/search.js';

/** A search for an expert's architecture, of cells or of what is attached to a backbone. */
export interface ArchitectureSearch extends Omit<Search, 'genotype'> {
  /** What it has found so far. */
  architecture(): Architecture;
}
