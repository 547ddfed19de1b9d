/** strongSwan for the interoperability tests. */
import { ensureLabPackages } from './lab-packages.mjs';

export const ensureStrongswan = () =>
  ensureLabPackages({
    name: 'strongSwan',
    packages: ['charon-systemd', 'strongswan-swanctl', 'libstrongswan-standard-plugins'],
    programs: ['usr/sbin/charon-systemd', 'usr/sbin/swanctl'],
    size: '1 MB',
  });
