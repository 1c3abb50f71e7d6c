import { describe, expect, it } from 'vitest';
import { attachedModules } from '../../src/experts/attached-modules.js';
import { backboneRecipe } from '../../src/strategies/backbone-recipe.js';

describe('what options begin with on a backbone', () => {
  it('is for images what it is whatever is asked for', () => {
    for (const asked of [{}, { network: 'unfrozen' }, { optimizer: 'adamw' }]) {
      expect(backboneRecipe('image', asked, true)).toEqual(backboneRecipe(undefined, {}, false));
      expect(backboneRecipe('image', asked, true)).not.toHaveProperty('optimizer');
    }
  });

  it.each(['text', 'audio'] as const)('is for %s a rate for each module and optimizer, the larger one for SGD', (domain) => {
    for (const network of attachedModules) {
      const [byAdamw, bySgd] = (['adamw', 'sgd'] as const).map((optimizer) => backboneRecipe(domain, { network, optimizer }, true));
      expect([byAdamw, bySgd]).toMatchObject([{ optimizer: 'adamw' }, { optimizer: 'sgd' }]);
      expect(bySgd?.learningRate).toBeGreaterThan(byAdamw?.learningRate ?? Infinity);
      expect(backboneRecipe(domain, { module: network, optimizer: 'adamw' }, true)).toEqual(byAdamw);
      expect([byAdamw, bySgd]).toContainEqual(backboneRecipe(domain, { network }, true));
      expect(backboneRecipe(domain, { network, optimizer: 'adamw' }, false)).toEqual(bySgd);
    }
  });

  it('is for texts and sounds that of adapters by AdamW, where no module is named or one that stands on nothing', () => {
    const adapters = backboneRecipe('text', { network: 'adapter' }, true);
    expect(adapters).toMatchObject({ network: 'adapter', optimizer: 'adamw' });
    for (const asked of [{}, { network: 'cells' }, { network: 3 }]) expect(backboneRecipe('audio', asked, true)).toEqual(adapters);
  });
});
