/** The manual's examples with other makers' routers, typed as printed, strongSwan being those routers. */
import { scenario } from '../../lab/guest.js';
import { type Texts, tryCisco } from '../manual/cisco.js';
import { tryLifetimes } from '../manual/lifetimes.js';
import { tryRace } from '../manual/race.js';
import { ciscoSite, sonicwallSite } from '../manual/sites.js';
import { trySonicwall } from '../manual/sonicwall.js';

export default scenario(async (lab) => {
  const { cisco, sonicwall } = lab.args as { readonly cisco: Texts; readonly sonicwall: Texts };
  const site = await ciscoSite(lab);
  const charon = await tryCisco(lab, site, cisco);
  await tryLifetimes(lab, site, charon);
  const office = await sonicwallSite(lab);
  // Ten seconds of the race are waiting.
  await Promise.all([tryRace(lab, site, charon), trySonicwall(lab, office, sonicwall)]);
});
