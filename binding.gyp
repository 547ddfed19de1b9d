{
  # Built by scripts/build-native.mjs into prebuilds/<platform>-<arch>/ipsecctl.node. OpenSSL comes
  # with Node: its headers lie beside node_api.h and its symbols are resolved in the node process.
  'targets': [
    {
      'target_name': 'ipsecctl',
      'sources': [
        'native/addon.cc',
        'native/crypto_box.cc',
        'native/dh.cc',
        'native/dh_binding.cc',
        'native/dh_comb.cc',
        'native/errors.cc',
        'native/loop_poll.cc',
        'native/netlink_socket.cc',
        'native/nft_counters.cc',
        'native/udp_socket.cc',
        'native/userspace/ah.cc',
        'native/userspace/ah_header_image.cc',
        'native/userspace/algorithms.cc',
        'native/userspace/cipher.cc',
        'native/userspace/esp.cc',
        'native/userspace/hmac.cc',
        'native/userspace/sa.cc',
        'native/userspace/sa_binding.cc',
        'native/xfrm_event.cc',
        'native/xfrm_monitor.cc',
        'native/xfrm_policy.cc',
        'native/xfrm_socket.cc',
        'native/xfrm_state.cc',
      ],
      'include_dirs': ["<!(node -p \"require('node-addon-api').include_dir\")"],
      'defines': [
        'NAPI_VERSION=8',
        'NAPI_CPP_EXCEPTIONS',
        'NODE_ADDON_API_DISABLE_DEPRECATED',
        # A calculation may end when its worker thread is being torn down.
        'NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS',
      ],
      'cflags': ['-Wall', '-Wextra', '-fvisibility=hidden'],
      'cflags_cc!': ['-std=gnu++17', '-fno-exceptions', '-fno-rtti'],
      'cflags_cc': ['-std=c++20', '-fexceptions'],
    },
  ],
}
