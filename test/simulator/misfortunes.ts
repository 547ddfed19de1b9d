/** What befalls routers while a run is in its faulty part: crashes, foreign hands, administrators. */
import type { Misfortune } from './options.js';
import type { PairPlan, PeerEnd, Plan, TunnelEnd, TunnelPlan } from './plan.js';
import { accepts, endsFrom } from './plan.js';
import type { Random } from './random.js';
import type { SimulatedRouter } from './router.js';
import { configOf, pairOf } from './tables.js';
import type { World } from './world.js';

export class Misfortunes {
  readonly #world: World;
  readonly #random: Random;
  /** What each router's administrator has typed so far. */
  readonly #views: Plan[];
  #isOn = true;

  constructor(world: World, random: Random) {
    this.#world = world;
    this.#random = random;
    this.#views = world.routers.map(() => structuredClone(world.plan));
    const { misfortunes } = world.options;
    if (misfortunes.length > 0) this.#nextMisfortune();
    if (world.options.network.partitionEveryMs > 0) this.#nextCut();
  }

  /** Everything runs again, and all rows are as everybody wants them. */
  heal(): void {
    this.#isOn = false;
    for (const router of this.#world.routers) {
      const view = structuredClone(this.#world.plan);
      keepGenerations(view, this.#views[router.index]);
      this.#views[router.index] = view;
      router.startMachine();
      if (!router.isUp) router.startDaemon();
      router.configure(configOf(view, router.index));
    }
  }

  /** Every policy, then everything else, is disabled everywhere. */
  disableAll(): void {
    for (const router of this.#world.routers) {
      const view = this.#view(router);
      for (const tunnel of view.tunnels) for (const end of tunnel.ends) end.policyDisabled = true;
      router.configure(configOf(view, router.index));
      for (const pair of view.pairs) {
        for (const end of pair.ends) {
          end.peerDisabled = true;
          end.secretDisabled = true;
        }
      }
      router.configure(configOf(view, router.index));
    }
  }

  #view(router: SimulatedRouter): Plan {
    return this.#views[router.index] as Plan;
  }

  #nextMisfortune(): void {
    const { misfortuneEveryMs, misfortunes } = this.#world.options;
    const wait = this.#random.integer(100, 2 * misfortuneEveryMs);
    this.#world.schedule.add(this.#world.now + wait, () => {
      if (!this.#isOn) return;
      this.#befall(this.#random.pick(misfortunes), this.#random.pick(this.#world.routers));
      this.#nextMisfortune();
    });
  }

  #nextCut(): void {
    const wait = this.#random.integer(100, 2 * this.#world.options.network.partitionEveryMs);
    this.#world.schedule.add(this.#world.now + wait, () => {
      if (!this.#isOn) return;
      const [a, b] = this.#random.pick(this.#world.plan.pairs).ends;
      const until = this.#world.now + this.#random.skewed(500, 90_000);
      const address = ({ router }: PeerEnd) => this.#world.router(router).address;
      this.#world.network.cut(address(a), address(b), until);
      this.#nextCut();
    });
  }

  #befall(misfortune: Misfortune, router: SimulatedRouter): void {
    this.#world.log(`${router.name} misfortune ${misfortune}`);
    const random = this.#random;
    switch (misfortune) {
      case 'daemon-crash':
        router.killDaemon();
        this.#later(random.skewed(10, 20_000), () => this.#startDaemon(router));
        break;
      case 'daemon-stop':
        router.stopDaemon();
        this.#later(random.skewed(10, 20_000), () => this.#startDaemon(router));
        break;
      case 'machine-crash':
        if (!router.isMachineUp) break;
        router.crashMachine();
        this.#later(random.skewed(500, 60_000), () => router.startMachine());
        break;
      case 'kernel-flush':
        router.flushKernel(true);
        break;
      case 'lost-events':
        router.flushKernel(false);
        break;
      case 'command':
        this.#command(router);
        break;
      case 'edit-policy':
        this.#editTunnel(router, (end) => editPolicy(end, random));
        break;
      case 'edit-proposal':
        this.#editTunnel(router, (end) => editProposal(end, random));
        break;
      case 'edit-peer':
        this.#editPeer(router, (end) => editPeer(end, random));
        break;
      case 'edit-secret':
        this.#editPeer(router, (end) => {
          if (random.chance(0.3)) end.secretDisabled = !end.secretDisabled;
          else end.secret = `secret ${random.integer(0, 3)}`;
        });
        break;
      case 'edit-both-ends':
        this.#editBothEnds();
        break;
    }
  }

  #startDaemon(router: SimulatedRouter): void {
    if (router.isMachineUp && !router.isUp) router.startDaemon();
  }

  #command(router: SimulatedRouter): void {
    const policies = router.ikeConfig.policies;
    if (this.#random.chance(0.3)) router.command({ kind: 'flush', protocols: 'all' });
    else if (policies.length > 0) {
      router.command({ kind: 'initiate', policyId: this.#random.pick(policies).id });
    }
  }

  #later(milliseconds: number, action: () => void): void {
    this.#world.schedule.add(this.#world.now + milliseconds, () => {
      if (this.#isOn) action();
    });
  }

  // --- rows ---

  /** Changes one end alone; sometimes it is taken back soon. */
  #editTunnel(router: SimulatedRouter, edit: (end: TunnelEnd) => void): void {
    const view = this.#view(router);
    const own = view.tunnels.flatMap((tunnel) => endsFrom(tunnel, router.index)?.[0] ?? []);
    if (own.length === 0) return;
    const end = this.#random.pick(own);
    const before = { ...end };
    edit(end);
    this.#settle(router, () => Object.assign(end, before));
  }

  #editPeer(router: SimulatedRouter, edit: (end: PeerEnd) => void): void {
    const view = this.#view(router);
    const own = view.pairs.flatMap((pair) => endsFrom(pair, router.index)?.[0] ?? []);
    if (own.length === 0) return;
    const end = this.#random.pick(own);
    const before = { ...end };
    edit(end);
    this.#settle(router, () => Object.assign(end, before));
  }

  #settle(router: SimulatedRouter, takeBack: () => void): void {
    router.configure(configOf(this.#view(router), router.index));
    if (this.#random.chance(0.3)) return;
    this.#later(this.#random.skewed(10, 30_000), () => {
      takeBack();
      router.configure(configOf(this.#view(router), router.index));
    });
  }

  /** From now on everybody wants it so; the two ends learn of it one after the other. */
  #editBothEnds(): void {
    const { plan } = this.#world;
    const random = this.#random;
    if (random.chance(0.5)) {
      const tunnel = random.pick(plan.tunnels);
      changeTunnel(tunnel, pairOf(plan, tunnel), random);
    } else changePair(random.pick(plan.pairs), random);
    for (const one of this.#world.routers) {
      this.#later(random.skewed(10, 15_000), () => {
        const view = structuredClone(plan);
        keepGenerations(view, this.#views[one.index]);
        this.#views[one.index] = view;
        one.configure(configOf(view, one.index));
      });
    }
  }
}

/** A row that was removed and added again has a new id for good. */
function keepGenerations(view: Plan, before: Plan | undefined): void {
  view.tunnels.forEach(({ ends }, index) => {
    ends.forEach((end, side) => {
      end.policyGeneration = before?.tunnels[index]?.ends[side]?.policyGeneration ?? 0;
    });
  });
}

function editPolicy(end: TunnelEnd, random: Random): void {
  const what = random.integer(0, 2);
  if (what === 0) end.policyDisabled = !end.policyDisabled;
  if (what === 1) end.policyGeneration += 1;
  if (what === 2) end.level = random.pick(['use', 'acquire', 'require'] as const);
}

function editProposal(end: TunnelEnd, random: Random): void {
  const what = random.integer(0, 3);
  if (what === 0) end.lifetimeSeconds = random.pick([0, 20, 45, 1800]);
  if (what === 1) end.lifetimeBytes = random.pick([0, 60_000, 200_000]);
  if (what === 2) end.pfs = random.pick(['none', 'modp768', 'modp1024'] as const);
  if (what === 3) end.encryptions = [random.pick(['des', '3des', 'aes-128', 'aes-256'] as const)];
}

function editPeer(end: PeerEnd, random: Random): void {
  const what = random.integer(0, 4);
  if (what === 0) end.peerDisabled = !end.peerDisabled;
  if (what === 1) end.check = random.pick(['strict', 'obey', 'claim', 'exact'] as const);
  if (what === 2) end.exchangeMode = random.pick(['main', 'aggressive', 'base'] as const);
  if (what === 3) end.encryption = random.pick(['3des', 'aes-128'] as const);
  if (what === 4) end.sendInitialContact = !end.sendInitialContact;
}

function changePair({ ends }: PairPlan, random: Random): void {
  const what = random.integer(0, 3);
  const secret = `shared ${random.integer(0, 1_000_000)}`;
  const exchangeMode = random.pick(['main', 'aggressive', 'base'] as const);
  const hash = random.pick(['md5', 'sha'] as const);
  const encryption = random.pick(['des', '3des', 'aes-128', 'aes-192', 'aes-256'] as const);
  for (const end of ends) {
    if (what <= 1) end.secret = secret;
    else if (what === 2) {
      end.exchangeMode = exchangeMode;
      if (exchangeMode === 'main') end.byIdentity = false;
    } else {
      end.hash = hash;
      end.encryption = encryption;
    }
  }
}

function changeTunnel(tunnel: TunnelPlan, pair: PairPlan, random: Random): void {
  const what = random.integer(0, 2);
  if (what === 0 && tunnel.mode === 'tunnel') tunnel.networks = (tunnel.networks + 1) % 100;
  if (what === 1) {
    tunnel.protocols = random.pick([['esp'], ['ah'], ['esp', 'ah']] as TunnelPlan['protocols'][]);
  }
  if (what === 2) {
    const pfs = random.pick(['none', 'modp768', 'modp1024'] as const);
    for (const end of tunnel.ends) end.pfs = pfs;
  }
  const [a, b] = tunnel.ends;
  const check = (end: TunnelEnd) => endsFrom(pair, end.router)?.[0].check ?? 'strict';
  const works =
    (a.level !== 'use' && accepts(b, check(b), a)) ||
    (b.level !== 'use' && accepts(a, check(a), b));
  // What nobody could agree on nobody wants.
  if (!works) b.pfs = a.pfs;
}
