/* Written by scripts/builtin_digests.sh from models/builtin; do not edit. */
/* clang-format off */
#define BUILTIN_DETECTOR "4812ac8a78bb2c018415cc745d4bc975828d484d602f2caf2d2d2eada4767f03", 1289193
#define BUILTIN_LANDMARKS "847e9f953566d85750a664888da47bf73ecf229af0da6af59f2d6e4642f93881", 1358606
#define BUILTIN_GAZE "7b4b4480f96166c6d14d56b6b74d0439b53d340668b1cdd3f6a6a423487fbe3a", 1738009
#define BUILTIN_AU "03e239ed63d83d4b6f45dba4ae87a9a856dd3e5ef9cf50ebcee825c7a8dae704", 245
#define RENDERED_AU "469fd881f513b87248ceac04fdfde2c5cb6ff67b071d0c42068b89a12023c321", 806
#define BUILTIN_AU_EXPERIMENTAL 1,2,4,5,7,9,14,15,17,20,23,26,28,45,
#define RENDERED_AU_EXPERIMENTAL 1,2,4,5,6,7,9,10,12,14,15,17,20,23,28,45,
#define BUILTIN_FILES \
    {"au/AU01_intensity.dat", \
     "fcc75aa451087eecc5bd5e6cf7766d4f90dd7fc1ab9558e0c7aec71a50c7a07f", 37660}, \
    {"au/AU01_intensity_static.dat", \
     "6fbfbddc7791df74f87170136f3d6e4eb1cb94872a53847df7e60ae35a930172", 37652}, \
    {"au/AU01_presence.dat", \
     "a20b37d2a85c8a8d5f801f90ee61d935bc4129264fd62ffb0b122125a30e95cc", 37668}, \
    {"au/AU01_presence_static.dat", \
     "56aae5703ab855d311b7cfeb95077a3b6cee4116e572e412bbe878d1c7cf88eb", 37668}, \
    {"au/AU02_intensity.dat", \
     "caeb2bdb33f313c7afd418a05fbbc67f219212a24ef1f9f43346c0b91d62c31c", 37660}, \
    {"au/AU02_intensity_static.dat", \
     "4afcc85cd37ed351208e427551a3c4e35065370a0ca230f88612d475e8eea1e3", 37652}, \
    {"au/AU02_presence.dat", \
     "1e7d0e8de16a194a7f938ea4a0384b4e6b3452355566104d7895433445f0026a", 37668}, \
    {"au/AU02_presence_static.dat", \
     "ad6e361ca07639f40770452c1eb832811c617d87ca28887b5af02d6c6930a696", 37668}, \
    {"au/AU04_intensity.dat", \
     "2c1865b958d71042dfec67e9a97d3740f5fbd86e4c9385fa1aa580e82dce062a", 37660}, \
    {"au/AU04_intensity_static.dat", \
     "bcd54e3be21993af1d187c0b02e7ccb771b7c6dfb7330ff668fb1d296406c165", 37652}, \
    {"au/AU04_presence.dat", \
     "c1301750cc9f694bf4f0a61d0d74c1dbf086870e9ba820ad358320243d87f759", 37668}, \
    {"au/AU04_presence_static.dat", \
     "9fa834ef2f2b1957bcd22e305fd297d016073839d90b2a2e4a0d050373441d7b", 37668}, \
    {"au/AU05_intensity.dat", \
     "09b22db45f6fb815e8ccd2965b8db73ce9633441970e973c07d1bf979a38f005", 37660}, \
    {"au/AU05_intensity_static.dat", \
     "4412b4d52c70e7feca521c95f25dd18f83744a05c19d2d61ef0547677aaa6b9b", 37652}, \
    {"au/AU05_presence.dat", \
     "bee1eeb9221787f84beb11e91e52c9a32f20da24be91fca04cbc01996ba2ddc6", 37668}, \
    {"au/AU05_presence_static.dat", \
     "49f1db8640741481b098e3f2edf69824c4dab2cf6325438b4c08b0794a13a6a9", 37668}, \
    {"au/AU06_intensity.dat", \
     "727e50bc69a266f84262566930fe303b383c438ddc25085ced92af14a2b16af4", 37660}, \
    {"au/AU06_intensity_static.dat", \
     "b7833111f9dfdace006cad7c3f575467e97e80e46f3354503cf28f9b20ed7527", 37652}, \
    {"au/AU06_presence.dat", \
     "49a864949ba12f2ce1372eda30c4ff50a0856bdac3bc9cfb3c79c9e88e68d756", 37668}, \
    {"au/AU06_presence_static.dat", \
     "2a8751593ae29e476814ef5b85a3ad683365214fc5892df6e5cce2411acfa1f3", 37668}, \
    {"au/AU07_intensity.dat", \
     "a47e1d5f7fc1d7dcbf6c128cd5d9ec85e8bad0ded8c95bf1cac9dd2b35294187", 37660}, \
    {"au/AU07_intensity_static.dat", \
     "a54def8b9aa519f3cd5ef04821dbc7545a25df74b36226e576ff719f8180fd27", 37652}, \
    {"au/AU07_presence.dat", \
     "f9bcfa5430ec367a0a3f6d26a25945b264ab9687707aca9ab9db0e670e4bace3", 37668}, \
    {"au/AU07_presence_static.dat", \
     "58d3ab3897a371ff2ce250d934633ac11a2c16c3a800369302e18c6291985196", 37668}, \
    {"au/AU09_intensity.dat", \
     "27a2f3d85cfd39990967be18a7761b79aa204703fd7c6e41dcc4ee30d73f55ad", 37660}, \
    {"au/AU09_intensity_static.dat", \
     "4fa8fecf0445b5ca80cd7b59bafcff63b12486befa49339ff9a658a26431b282", 37652}, \
    {"au/AU09_presence.dat", \
     "f13ebbf79e63be066ab66de36f1f332271354cdf11feaf2d9f30d2dcbfd5c48d", 37668}, \
    {"au/AU09_presence_static.dat", \
     "ed16073c0f3393fe9a5270a0a32f88a240e426ecaf081ccf87354caa56c00547", 37668}, \
    {"au/AU10_intensity.dat", \
     "d38ae60b8f73f37d53c490137060591a81ee29a879e84895463c730fb36a91ea", 37660}, \
    {"au/AU10_intensity_static.dat", \
     "bafd9affa14595378dfb64aa115f5e4ca5ffcba864298f8dad18e9213e032059", 37652}, \
    {"au/AU10_presence.dat", \
     "1c590bf9675dce193a7c44d39e509b4a834f7bb48256bdabe57185bb57be3c48", 37668}, \
    {"au/AU10_presence_static.dat", \
     "a9fec2725a1f3ba82e36cf211fae3df46d742089f6cce092af7f9a551934ba53", 37668}, \
    {"au/AU12_intensity.dat", \
     "b273ff977c7ead4048b7b6ae61487c3ef13842558a713e94310a449478901346", 37660}, \
    {"au/AU12_intensity_static.dat", \
     "b69c5869f98757e78c2c1e0b5fc3486b221d484bcf6d88256314158dc1fd68a0", 37652}, \
    {"au/AU12_presence.dat", \
     "2175a16b805f5852929ca593928babaa89ae5caf2d41f62fe0237fb94cc39369", 37668}, \
    {"au/AU12_presence_static.dat", \
     "f113a81ad0d093648d57b5e40cc550b202be503e1b32f75e2b48a08195192932", 37668}, \
    {"au/AU14_intensity.dat", \
     "cfe8c9976affa48b213612e5b661a913d0f4fc36e0e2146f1173be6c62d24ba1", 37660}, \
    {"au/AU14_intensity_static.dat", \
     "7b28fb729ff8041f218ae78c6a41e46989c198fc480f4600095bedb48851639d", 37652}, \
    {"au/AU14_presence.dat", \
     "4bcbad0b2a8c4dc91ff72c04e4a856a15791277ebeafd7df031bb228b3744180", 37668}, \
    {"au/AU14_presence_static.dat", \
     "686f6d76fa1707cbde7b5061e38eb19abbae587a75a317d37385e3a3af1ebccd", 37668}, \
    {"au/AU15_intensity.dat", \
     "617d1fd599651bed704901080b7349611de8ed1c79bf811804262191d9d0cd64", 37660}, \
    {"au/AU15_intensity_static.dat", \
     "24dee4bee19379a05398968eee25b16aa90fafcc4f0b8b0ada6b6b7bd460f431", 37652}, \
    {"au/AU15_presence.dat", \
     "312f7be8caca2eac3b02704c6b18e490024ac66d231fb550c76c0d2c1bd839ef", 37668}, \
    {"au/AU15_presence_static.dat", \
     "2a01a7fe1c756e1c01c5b2ae4f8ee153c1642da76de5642bfe169e5d3f8aaf86", 37668}, \
    {"au/AU17_intensity.dat", \
     "1a30a242a9eee9a9d44835f04d979d1e5b3beb8895568f1100446c61de3513a5", 37660}, \
    {"au/AU17_intensity_static.dat", \
     "e258fff447130110b2509482e18611c2193bfa8306ca092815a33d7f9954f1bc", 37652}, \
    {"au/AU17_presence.dat", \
     "b9c863af57d3fe78cbffe1c0351b22912b49710bad2965738662b5f0334db82c", 37668}, \
    {"au/AU17_presence_static.dat", \
     "de5280e541b048815e50922d693d1cffd37983e59f1b4455bd92355ccf316e86", 37668}, \
    {"au/AU20_intensity.dat", \
     "a5964730f8b1df539e0cece4e5249b7c64007176c549b018cb8c1813491d25ad", 37660}, \
    {"au/AU20_intensity_static.dat", \
     "74a987a315fbb15e5588b02830c7201a6e8de8859b30654aa5924927a5f31969", 37652}, \
    {"au/AU20_presence.dat", \
     "88693230fd001869db25901551ce91dce16f3e431b22f1229195d8000a631fec", 37668}, \
    {"au/AU20_presence_static.dat", \
     "45ef8e36d8b430ea01005ac2eb307f007d08ca054df24395b08641d042dbb80e", 37668}, \
    {"au/AU23_intensity.dat", \
     "45d9bce1123b533a3e16b5a7df497f0fba5ce68b5a636922a248215828e75e40", 37660}, \
    {"au/AU23_intensity_static.dat", \
     "fa3087c898da72881e5d06e174081cf8ed782104ae0ac2aadcbbd6f2a10c736a", 37652}, \
    {"au/AU23_presence.dat", \
     "7b44947bd5607f6ead29f5d5964c585b5f995052507a4148ebbe4843a88b38f9", 37668}, \
    {"au/AU23_presence_static.dat", \
     "cb2097c945e90550e510b7097bed2e65edece5cafa2112627846842e4f56569f", 37668}, \
    {"au/AU25_intensity.dat", \
     "6699242bf9abc6e6b9d9ebe52a348679fbd01e2bfd23426f52a70b1d2206af68", 37660}, \
    {"au/AU25_intensity_static.dat", \
     "a94cfa209057f34b76aea960de8ae8aa32c6f23d8fe4abc76087b244e3c08252", 37652}, \
    {"au/AU25_presence.dat", \
     "df3991f0d74d33d0497bd1926736a02e667a73117952fb2e8825202f2244acc2", 37668}, \
    {"au/AU25_presence_static.dat", \
     "0ab10ad95a44e29d503371c1b80c4a3b85a66bba42809937c1ef93ce4bea7258", 37668}, \
    {"au/AU26_intensity.dat", \
     "d3cda4db348806363f7eb269277193335c4b2ff6e7c5df9b9a42262c313b0763", 37660}, \
    {"au/AU26_intensity_static.dat", \
     "bad8f07ad6b9929f6c591d114594607155184b667c8d6f4803f5a98ba1764dae", 37652}, \
    {"au/AU26_presence.dat", \
     "ed561a8f6b066f52ac4b86b66006df93242202c8c33913e4d92ecd9400ad40af", 37668}, \
    {"au/AU26_presence_static.dat", \
     "bf8f90b719417a442fac3c160bf3106249fc417b591319d829518ecffa1fd8bd", 37668}, \
    {"au/AU45_intensity.dat", \
     "5f15d582a9c100ff66378ebd96f38a13e572bf02ad9cabf679defd1ec585f8d6", 37660}, \
    {"au/AU45_intensity_static.dat", \
     "ecfbb248b3a292a36b0120733c77d2023abc1b08147488f1b4075263e8eb6c56", 37652}, \
    {"au/AU45_presence.dat", \
     "bafba89e8f0b649a2e370f72d86ad794e98165d02ab38012111b75f221bd0853", 37668}, \
    {"au/AU45_presence_static.dat", \
     "1dc7f163f2ca7ec3d138ee5817a76448bfd9283e8957ca907632dcd0651fc36c", 37668}, \
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
    {"au_mesh/AU01.dat", \
     "2054fb6ef82608e2025b8bc2260794fb288f280a8f443bbfdfa7a4fa5ffbddb7", 5020}, \
    {"au_mesh/AU01_static.dat", \
     "363ba8b77b4a533778c824f45f147bf01b1113466a5c0c23beb9911d4636a06a", 5008}, \
    {"au_mesh/AU02.dat", \
     "afb93e702bf68d3f47523971cdb46fd9cc7081b60f3135dc206d7c5a89363dd3", 4524}, \
    {"au_mesh/AU02_static.dat", \
     "91849657a8bae94cb54b39096a0672613d42dbb92edb2e82f7e9e956f81690cb", 5008}, \
    {"au_mesh/AU04.dat", \
     "d11fc98dd637989d7dd844595574219a2f396d206c8aa4cc4b134dcff8e59e41", 2044}, \
    {"au_mesh/AU04_static.dat", \
     "22218506713d09b8c9d141b4e8fc826a09b2f81d05f3df42d855fd39c064a603", 5008}, \
    {"au_mesh/AU05.dat", \
     "81db88d0e90d3aef31b5e76999ff3b820134f272cac7d8e93e29a532000cfbaa", 4524}, \
    {"au_mesh/AU05_static.dat", \
     "7df0669c740ebbeb84de90346de9003403ad8086156b868ca9b28dbe63c23421", 5008}, \
    {"au_mesh/AU06.dat", \
     "0cabfdae859f537ae1956aaf906b2fe79c4e35bda682932ede1d95b370b75562", 1880}, \
    {"au_mesh/AU06_static.dat", \
     "8912f7bc4ba78345507268905e5b832b65f88b2eba612e2d58ce54fc8b18bb89", 5008}, \
    {"au_mesh/AU07.dat", \
     "504c972ed0c21874e1a0055f03ca9069ad08e44723421a5257eafb362f6c98ad", 1862}, \
    {"au_mesh/AU07_static.dat", \
     "fe517191208756856d551e18a13df91a7a2687926e649eacc77217cd073de1b1", 5008}, \
    {"au_mesh/AU09.dat", \
     "e4b5d108a4b2cb3fe759971fc1efad083d805c2feac7e3ac994fc8e7329eb64c", 4878}, \
    {"au_mesh/AU09_static.dat", \
     "cd79047dcb386641fcb50d1f0e3799be3fecc9c0aac24571a32006194f44b324", 5008}, \
    {"au_mesh/AU10.dat", \
     "3c17ec1dd7ab52e2a98895e79ee137c096d380b0d9da69f8b5a6676e23d1200c", 4878}, \
    {"au_mesh/AU10_static.dat", \
     "57afa1f9a42c69fa178b57612e21b9d4795a143ef1663cefbf9347cc6fa33a9c", 5008}, \
    {"au_mesh/AU12.dat", \
     "df320e38e255e9ff77d24570c384ffef8e865862a16a0243928e3e3ed3bb55ad", 1056}, \
    {"au_mesh/AU12_static.dat", \
     "28a9f2416a4d3bec7d5a0e37ca6513a814581f29bb032ce4ea7655ecc954f75e", 5008}, \
    {"au_mesh/AU14.dat", \
     "e5556f177406fd52c12f459f8f74fdacb644aa767c6de1800692bc632323bea6", 536}, \
    {"au_mesh/AU14_static.dat", \
     "26a5e9ec505445cddc7cc4e2021ab74a83806283b254ac8785ef081d93a302c6", 5008}, \
    {"au_mesh/AU15.dat", \
     "c2a36321bc81c9a4068b2ed39a63f4f6b233cf56573548985f94d0e3f821e885", 1920}, \
    {"au_mesh/AU15_static.dat", \
     "692178ea8dbb310e6a1ca3706ffcb028a331ea42f04fb909abe1b9612d851405", 5008}, \
    {"au_mesh/AU17.dat", \
     "cd66ee55cfb5a0acaa18b2f2fff982fbcd243390ff844eb13eec76a0f6ccf987", 2280}, \
    {"au_mesh/AU17_static.dat", \
     "19fb16f62289cf305b1a0511aa5d1119cbffbaa2e313d7eb8bbf339781aa5c9f", 5008}, \
    {"au_mesh/AU20.dat", \
     "335d6e0631276d2172a8a96f34b2149889863df8725e9f2e14c054a06274c04a", 2664}, \
    {"au_mesh/AU20_static.dat", \
     "98dc54b18275806f14bb61ecc354e0ab99cf02955bdebb9d561195ab30c4bba9", 5008}, \
    {"au_mesh/AU23.dat", \
     "d3fb8f8de33ec1df08727d847879e0fabad764ea1b9195704294b488f837a5f5", 4524}, \
    {"au_mesh/AU23_static.dat", \
     "9944b0a45df34c915a347f903ea4ee4ba8c4cd67233b117782a0155d78c1f9a6", 5008}, \
    {"au_mesh/AU25.dat", \
     "4aa148bbbe819edeb22668ee2decc210875068572030b15a89f5b5b508ce92de", 5212}, \
    {"au_mesh/AU25_static.dat", \
     "b773a9dca9b125f443448d0f032d3737de8480a9db16356657513e58cb589f59", 5008}, \
    {"au_mesh/AU26.dat", \
     "67969d58814d68b3a4319d4671548000adb2dd1b7ae0b605324c10ab8b673cba", 784}, \
    {"au_mesh/AU26_static.dat", \
     "fc26235194749242f7d7fb678db36fac0b532b453da2af82e051cbc6aeb3ff85", 5008}, \
    {"au_mesh/AU45.dat", \
     "dcaddd51f2b8dac13846e40feba6bc5cb20db9d2cd0e9e870521f068f63fcf5b", 4524}, \
    {"au_mesh/AU45_static.dat", \
     "3a27518cfdafb2f53e38ac6ef595bdbd02d90fe91ee8a5db078fc96358cd3e6d", 5008}, \
    {"au_mesh/AU_mesh.txt", \
     "03e239ed63d83d4b6f45dba4ae87a9a856dd3e5ef9cf50ebcee825c7a8dae704", 245}, \
    {"au_mesh/AU_mesh_static.txt", \
     "988ba6b4701f98fc12381805eb254eef1a175997d36e554136f56bb7e0936772", 364}, \
    {"au_mesh/experimental.txt", \
     "74b48c8686512da4e8cb606c75f6fc560873945374a0e9a2dedd697c0193b314", 70}, \
    {"au_mesh/main_dynamic_svms.txt", \
     "28c242fba853cb1eec9b39a886b9413675582723dbe4293076187435fb509c39", 70}, \
    {"au_mesh/main_static_svms.txt", \
     "95386a8f04ee48680e32e82c65c3c7cad9b5c50d229206885e3210f811bcff1e", 77}, \
    {"au_mesh/pdm_68.txt", \
     "f4921921f1bf9987cdac504f0babc6566a0d3bd1c6e2192c665f0eeabff967ea", 68816}, \
    {"au_mesh/triangles_68.txt", \
     "aa02bae9ac0234dd7e95d88aa3bca07cba8f1f3cfd50f87c585cba8e5dec79ae", 1017}, \
    {"face_detector.onnx", \
     "4812ac8a78bb2c018415cc745d4bc975828d484d602f2caf2d2d2eada4767f03", 1289193}, \
    {"face_gaze.onnx", \
     "7b4b4480f96166c6d14d56b6b74d0439b53d340668b1cdd3f6a6a423487fbe3a", 1738009}, \
    {"face_landmarks.onnx", \
     "847e9f953566d85750a664888da47bf73ecf229af0da6af59f2d6e4642f93881", 1358606},
