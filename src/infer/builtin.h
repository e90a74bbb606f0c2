/* Written by scripts/builtin_digests.sh from models/builtin; not to be edited. */
#define BUILTIN_DETECTOR "4812ac8a78bb2c018415cc745d4bc975828d484d602f2caf2d2d2eada4767f03", 1289193
#define BUILTIN_LANDMARKS "fb255e726385f65179887de3839b4a5d73c8399064a63a516076eb7de4db52d3", 1358606
#define BUILTIN_GAZE "305cd5997778697c1073fdb7f8b6468967111ba14d2835bbdecba736ebc8c715", 1290895
#define BUILTIN_AU "469fd881f513b87248ceac04fdfde2c5cb6ff67b071d0c42068b89a12023c321", 806
#define BUILTIN_AU_EXPERIMENTAL 1,2,4,5,6,7,9,10,12,14,15,17,20,23,28,45,
#define BUILTIN_FILES \
    {"au/AU01_intensity.dat", \
     "900aacab4c0da4a2d06b0432797b69276c66b2de2c0edab14ec06da59574573c", 37660}, \
    {"au/AU01_intensity_static.dat", \
     "a53fd6c9523633a7f3d15aae04e53eda027c5c0b95a89a98796bd280f2adce4c", 37652}, \
    {"au/AU01_presence.dat", \
     "d7b064ab9fdcd30e543321bc0ef32a37317f71a943af1c5336804ae3a228e94d", 37668}, \
    {"au/AU01_presence_static.dat", \
     "8cd0183a21f777f123022914abd67264fd2ca228bd4124a36908bbc31828d7bb", 37668}, \
    {"au/AU02_intensity.dat", \
     "815b767df078b5e286585ef1505b65366f7b413822f16cc8b5c699678b5ff204", 37660}, \
    {"au/AU02_intensity_static.dat", \
     "e375b4e4c0dceb588be1c421906f844da457508e450c49d179149d3fb95014d2", 37652}, \
    {"au/AU02_presence.dat", \
     "7c1dd9b07d3699b96b7bd540d8a64059859f8cfdeb4deea367be2c4ad1573cb2", 37668}, \
    {"au/AU02_presence_static.dat", \
     "5c97643c33b216d15dbfaa9e2dafb94461a258c1c3850ad09177f425287e1bc9", 37668}, \
    {"au/AU04_intensity.dat", \
     "026f5fd14c958b91bd7e179270a86f80614abd6ff4c057edc70bfd021918a27d", 37660}, \
    {"au/AU04_intensity_static.dat", \
     "8c3ec4a5fe56a99a43ce2a846aa87c46b960bf1c0d605b56ea9d3b44b20937aa", 37652}, \
    {"au/AU04_presence.dat", \
     "a488871f0c8101671a62d89f4c060bdc1133cfdd8a049030976b8c54de4a1a39", 37668}, \
    {"au/AU04_presence_static.dat", \
     "39542c4f47548d647fcd036a02f3e02d18256f28f0a569a6acae876374417998", 37668}, \
    {"au/AU05_intensity.dat", \
     "b632168f719c7882d84eb56df95d0b4a8f6d7b5b0b0844d4b75f2b7f82099d39", 37660}, \
    {"au/AU05_intensity_static.dat", \
     "5cf06f253ae2591135c094f29265039140753e20cd6ffb667f0f3a8969013850", 37652}, \
    {"au/AU05_presence.dat", \
     "7a61171989bafc2668d6d5c52e637aa954172a88d0e3b88aab358d560c096a07", 37668}, \
    {"au/AU05_presence_static.dat", \
     "c15df7ca9f5b6e8531f74da8acdc8c3bb7970e5976924c5fe29997989d3143fb", 37668}, \
    {"au/AU06_intensity.dat", \
     "0f182c1814dcb4154855266166e5c4bcd6b302437facd5a7d23f9c0c658af9d3", 37660}, \
    {"au/AU06_intensity_static.dat", \
     "65b8594a030e1d080a525ebeff8ff13e5044a5b47b3126086a3c1d2fadbdfdd7", 37652}, \
    {"au/AU06_presence.dat", \
     "0896c7532b13f58ac7cbee6601dacc9e6e74415f73a58308bd836668a8828232", 37668}, \
    {"au/AU06_presence_static.dat", \
     "fe26a168b82dc144483b96f2ebdeff7af782077cf50d8057a02afaa73443dae1", 37668}, \
    {"au/AU07_intensity.dat", \
     "6a84a9ff71b6046cfa072b0df321a4075fc3032e6fd0c7b7a89bdfa189b6f57d", 37660}, \
    {"au/AU07_intensity_static.dat", \
     "00fdbb934505059d0400a31ca85ab0868228085d3224baf48e044f43cb5ae97b", 37652}, \
    {"au/AU07_presence.dat", \
     "1ec6ec766e6e3e710dfe46eede94b06c62c1de8c755e5976cf70367657848577", 37668}, \
    {"au/AU07_presence_static.dat", \
     "8a62db8da0b2cb91e7d403028c008754f628370e2b1c6c252fa5381844972e47", 37668}, \
    {"au/AU09_intensity.dat", \
     "bdf762aed7be9d2ee18045e0e81cf350392875e31344325019c6f6a05f62e4d0", 37660}, \
    {"au/AU09_intensity_static.dat", \
     "0dea8cbee9b935b70b0b822d3b58627aec018296655cd9c06cdc7a53c77c0d99", 37652}, \
    {"au/AU09_presence.dat", \
     "f77f6bd4aa2e29c4e57005ede162ea2a458f9f050147327ed2dada23c330cb68", 37668}, \
    {"au/AU09_presence_static.dat", \
     "d2f25f7802675460dfbd6123f5c641702aacd51707fada0536eff039f38c387d", 37668}, \
    {"au/AU10_intensity.dat", \
     "be35296c4aff680c20c61436e8415ab03105fc2a0c33935a520da0e2e5c26420", 37660}, \
    {"au/AU10_intensity_static.dat", \
     "86459ad691ab6ec4a7cac7c74098a85ba14ab81216fe8bcf637fe51bbb082586", 37652}, \
    {"au/AU10_presence.dat", \
     "8247eb817ae6de22ebd2dc1777f9b1817139eefb774c9d25f12fac31f40da446", 37668}, \
    {"au/AU10_presence_static.dat", \
     "04edf9498950bc684b112c01e02909716b2ac69cc3d962c2785fcb4559e30daf", 37668}, \
    {"au/AU12_intensity.dat", \
     "a508ab26c0569fcbd5ccb3b2b860391ffe60965a9b26855e8b0423183254e1ff", 37660}, \
    {"au/AU12_intensity_static.dat", \
     "abfcf29e95068b2e2058527adde5c1e9f125f437c9eb7e79d5e5fef1701b8867", 37652}, \
    {"au/AU12_presence.dat", \
     "7c0555ab735b07ed831d181fe19751ae81b8d5c8203f8a51eaea3b773584fe81", 37668}, \
    {"au/AU12_presence_static.dat", \
     "7a8f4e2a1ddb899da89a1e8f4ce66e34335114d9cadcb48f7e09560b49110485", 37668}, \
    {"au/AU14_intensity.dat", \
     "ab772bacaf85999086dbaa52f49a06f162b2697ef3ae88ec7ebbcb5345535dab", 37660}, \
    {"au/AU14_intensity_static.dat", \
     "9907708a9e0be2edaef89f7dc152fcf183a811eeac3b587e9ae02bcbb2e59860", 37652}, \
    {"au/AU14_presence.dat", \
     "fb4be95bfe2e4bcbbe6d6f0c80613c9ce9dd549ed4fcabd0e0261946fc010829", 37668}, \
    {"au/AU14_presence_static.dat", \
     "a252e0df060eb1fd1f098211f785469a67ce664625b57b54ff497f11f2aa839f", 37668}, \
    {"au/AU15_intensity.dat", \
     "4c7d256502ac75e997bfa70fdfbdcfb6d6d10848c30776866e8e64dd6d37091b", 37660}, \
    {"au/AU15_intensity_static.dat", \
     "4facb1a0b11c0832c6ca3020b0f9d5ffeff836c48bb77576b660ed6d1b71864b", 37652}, \
    {"au/AU15_presence.dat", \
     "94ffe73b1d70e5b650179a5addb072e187ab1fd370073e68d544478b3c39d261", 37668}, \
    {"au/AU15_presence_static.dat", \
     "cf1fc8a6dd234437a5bf0fd7a4062935604e4728b449d2425c19cfda4eb4fac9", 37668}, \
    {"au/AU17_intensity.dat", \
     "85dc98cf1098dcf1f0212eae43be185f12664ce4aa56f580924fae5408eecd26", 37660}, \
    {"au/AU17_intensity_static.dat", \
     "f969aadde2f7225308bccc4ddafbcc526e9600777f24d0a2e40f0d41b6e0e845", 37652}, \
    {"au/AU17_presence.dat", \
     "1062efad2789fd403a51e458bf71da80293c22ee88331eb3a6397db4ec015472", 37668}, \
    {"au/AU17_presence_static.dat", \
     "dece04687eac7b3ed640a396f00df7fe967750bf096ab7a7fd810584d09dc43f", 37668}, \
    {"au/AU20_intensity.dat", \
     "d506f88be65f84d9587a38b996914e43c744c41843a60bfb58ad1261ccd7127f", 37660}, \
    {"au/AU20_intensity_static.dat", \
     "6f4b8f61224e16a2ba92a1497a4d6ff08097eb1af949d31f76463b728247203c", 37652}, \
    {"au/AU20_presence.dat", \
     "6f33ffb3352fccfb5421a28509247af19252c07bd4e5676b28378e6fbb2c8b5e", 37668}, \
    {"au/AU20_presence_static.dat", \
     "b0f884ee7af2288736d8974a5cd62fb6198a607b76b94e1138e0deb190dadfc3", 37668}, \
    {"au/AU23_intensity.dat", \
     "f989dfd0babf4eeced476d24167d69fa2c0cbf48b333064c62a507fbd1e99b14", 37660}, \
    {"au/AU23_intensity_static.dat", \
     "f7e19a2b5a2bb44ef0018437e527656b5c9efbdc0b757bc470d955425af564f9", 37652}, \
    {"au/AU23_presence.dat", \
     "e91d2284990055797a96f97b14f03705d5aad2d3692092bb4c0c21f8d79ceea5", 37668}, \
    {"au/AU23_presence_static.dat", \
     "995c529968e8df2bb653693ad587eb7dd73cf68c5e4bf3e1651fc06179c1af52", 37668}, \
    {"au/AU25_intensity.dat", \
     "b03aeb43f7881ffa8d28bd43071ff80501011db9ee78abe1977419387d3589d1", 37660}, \
    {"au/AU25_intensity_static.dat", \
     "5f1eb6ff4f76e75658719e7dda079cc736150a843a32214e2eb63d972b1e0d4e", 37652}, \
    {"au/AU25_presence.dat", \
     "893f60a4fbc993a125527c1d3dadc9c4b14f72436e3d4aa067544ba929cae4e4", 37668}, \
    {"au/AU25_presence_static.dat", \
     "e8c1e5ff991c2715f1ed50fa91f8c9adf2902fa3b35b70959133599400fe71ce", 37668}, \
    {"au/AU26_intensity.dat", \
     "f2598d2f49f6eea4bdf9a7c535fcfc3eb56f23260634687feaad29db83a506dc", 37660}, \
    {"au/AU26_intensity_static.dat", \
     "2293514f6dcb482deb4363f1d0d6f6cf7b063c196b98f6968000f89ce3f0557c", 37652}, \
    {"au/AU26_presence.dat", \
     "4f57582a4ded5d9e6d746e668a37ff0fda05a90a1dfeda67f250e3046e1b4472", 37668}, \
    {"au/AU26_presence_static.dat", \
     "c9ca50a0319e5952af18bbcbedd6140e8bea572aad976b3c9bb04fdccc56f4fe", 37668}, \
    {"au/AU45_intensity.dat", \
     "e891fb86d958db86cfd6e12b2034f8b876a18f814d5bd108f9de272a68eaf433", 37660}, \
    {"au/AU45_intensity_static.dat", \
     "24c593d9c960914c912ace38b9091f84b4e1597334ac254b384969c6faae8d3f", 37652}, \
    {"au/AU45_presence.dat", \
     "f293fbd5bbbbdb69cccecfdb231741a6e3c7b1adc813d470f0da2b7d2fcd240f", 37668}, \
    {"au/AU45_presence_static.dat", \
     "3681fc68f9b0378a27abf7383d77cde540f7cbcd4d103214235eb5643526b241", 37668}, \
    {"au/AU_builtin.txt", \
     "469fd881f513b87248ceac04fdfde2c5cb6ff67b071d0c42068b89a12023c321", 806}, \
    {"au/AU_builtin_static.txt", \
     "a56caf7ed2584954ac84ffb9e0131aced5fc680976ab2256a7a5fdb67043529c", 1044}, \
    {"au/experimental.txt", \
     "2ba6f514812604b6842652c948701a663e32f7ebdbf1267574fd1f96028d224a", 80}, \
    {"au/main_dynamic_svms.txt", \
     "c24efc00f63d1c81739dcc5311a041941bf9a8b465f66c4c45b0a53a7f0f2726", 73}, \
    {"au/main_static_svms.txt", \
     "4cbd22877c1dcc2fe5ea8249ef2cdbe4f53241c731e0a8d886d8ceefa0422c0c", 80}, \
    {"au/pdm_68.txt", \
     "f4921921f1bf9987cdac504f0babc6566a0d3bd1c6e2192c665f0eeabff967ea", 68816}, \
    {"au/triangles_68.txt", \
     "aa02bae9ac0234dd7e95d88aa3bca07cba8f1f3cfd50f87c585cba8e5dec79ae", 1017}, \
    {"face_detector.onnx", \
     "4812ac8a78bb2c018415cc745d4bc975828d484d602f2caf2d2d2eada4767f03", 1289193}, \
    {"face_gaze.onnx", \
     "305cd5997778697c1073fdb7f8b6468967111ba14d2835bbdecba736ebc8c715", 1290895}, \
    {"face_landmarks.onnx", \
     "fb255e726385f65179887de3839b4a5d73c8399064a63a516076eb7de4db52d3", 1358606},
