import { expect, test } from '@jest/globals';
import { addItem, emptyConfig, setDisabled } from '../../../lib/core/config/tables.js';
import { InvalidRows } from '../../../lib/host/invalid-rows.js';

test('A-10 a row that becomes invalid is told once, with its number and reason, until it changes', () => {
  const rows = new InvalidRows();
  expect(rows.newly(emptyConfig())).toEqual([]);
  const added = addItem(emptyConfig(), 'policy', { action: 'encrypt' }, {});
  if (!added.ok) throw new Error(added.error.text);
  const { config, id } = added.value;
  const [told, ...more] = rows.newly(config);
  expect(more).toEqual([]);
  expect(told).toMatchObject({ policyId: id, rule: 'A-10.2' });
  expect(told?.message).toMatch(/^\/ip ipsec policy 0 is invalid: .*sa-src-address/);
  expect(rows.newly(config)).toEqual([]);
  const disabled = setDisabled(config, 'policy', [id], true);
  if (!disabled.ok) throw new Error(disabled.error.text);
  expect(rows.newly(disabled.value)).toEqual([]);
  expect(rows.newly(config)).toHaveLength(1);
});
