/** Libreswan for the interoperability tests, with NSS's certutil, which makes the key database pluto asks for. */
import { ensureLabPackages } from './lab-packages.mjs';

export const ensureLibreswan = () =>
  ensureLabPackages({
    name: 'Libreswan',
    packages: ['libreswan', 'libnss3-tools'],
    programs: ['usr/libexec/ipsec/pluto', 'usr/bin/certutil'],
    size: '5 MB; 25 MB on a system with little else',
  });
