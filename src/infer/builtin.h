/* Written by scripts/builtin_digests.sh from models/builtin; not to be edited. */
#define BUILTIN_DETECTOR "042b8c3426b114c0581a39adf939ab61eb1deb7ed80d6e02426ff22f8fa29233", 1289193
#define BUILTIN_LANDMARKS "a7eb4ec59ffab4a9c721c87d526ef3512741ae13ff437aecf8611ba92ec3e945", 1587892
#define BUILTIN_GAZE "13b67f99ab2544c8226c705f1e3e5d28e9a4788ceb6f5b73824091bbd273f322", 2568077
#define BUILTIN_AU "469fd881f513b87248ceac04fdfde2c5cb6ff67b071d0c42068b89a12023c321", 806
#define BUILTIN_AU_EXPERIMENTAL 
#define BUILTIN_FILES \
    {"au/AU01_intensity.dat", \
     "65389405c54876e22c74393d56e82f2bb8f6ae3bf9f744658beafc3d0a75c6fb", 37660}, \
    {"au/AU01_intensity_static.dat", \
     "01b6d99c2709c88ae471674d0000c38e856b739c4b041e266f164e18e2a92bd9", 37652}, \
    {"au/AU01_presence.dat", \
     "3a1bbb9aa6f7f3b2352bec8f6b1b8f756dd8fb6c0f8601995cc10524dee2b58c", 37668}, \
    {"au/AU01_presence_static.dat", \
     "ee316f9edb5300676eb1b75cefac124cf20b2685380c4e6e132bec14dc63e822", 37668}, \
    {"au/AU02_intensity.dat", \
     "f3b2b196fb8c362d70b607cb573b73a4dd57fcadfb99527424eeacbb260de838", 37660}, \
    {"au/AU02_intensity_static.dat", \
     "5b179905310f770188736484d0367e022243172ba0d8e5ddd2be3d39a7caa02c", 37652}, \
    {"au/AU02_presence.dat", \
     "4d06a9f0895488af62bd2c01519afcecba6f5c36f59bfdcd496c1e8d1ef58393", 37668}, \
    {"au/AU02_presence_static.dat", \
     "de1a686b89ec43b28a4373c64f397d73956624239735b8c323d696144b0a374b", 37668}, \
    {"au/AU04_intensity.dat", \
     "386db158c4ed5206ba1dac1d55218f25f628881fc1aa26d72397c6701674ed9c", 37660}, \
    {"au/AU04_intensity_static.dat", \
     "c99f150558ee69f78aafb3823f8fc0047ceb903b25df3342507f51572edd10c3", 37652}, \
    {"au/AU04_presence.dat", \
     "0699c9c4e78f2e01f20fb0464224fbb474b621dd876f25279cf53908f8d4d057", 37668}, \
    {"au/AU04_presence_static.dat", \
     "61338b98c609198f98193639ec529d5360ef17c48b453c94ac1bd0671acdd5d8", 37668}, \
    {"au/AU05_intensity.dat", \
     "9ce8e3ad0a5b0cb4519810bd559fe357fae344ab26c8611f403033534b1480c2", 37660}, \
    {"au/AU05_intensity_static.dat", \
     "ed90d1865d1e509b7bc4af1a66d73cd9b0c1cdfa0a713bfac7af6a3ed1afd1ee", 37652}, \
    {"au/AU05_presence.dat", \
     "6b14be074ae7b5a019203cb845984604e5988e5ba1c83e0cd796783d8cb653f1", 37668}, \
    {"au/AU05_presence_static.dat", \
     "6de37c812f24218997293aec5679206fb487022c91350e161f2ca897b2ea46f7", 37668}, \
    {"au/AU06_intensity.dat", \
     "a93f210a3eb72c0d6d0dcf821e835b28ff376bc75da3367b203030bf265c6be3", 37660}, \
    {"au/AU06_intensity_static.dat", \
     "8ea766fedf1b7dc55e911d5b1597731524d0fe5843026c7513e7eac8d8bfabd1", 37652}, \
    {"au/AU06_presence.dat", \
     "ef6645acf56b8fa450f236a33a039886e1c0eda3fd24d9ee3d868ffdcd22c720", 37668}, \
    {"au/AU06_presence_static.dat", \
     "9b3c9273e35c7e95039bdef96e81f903564e8eaa6f36f7b475d3d40ec97cd082", 37668}, \
    {"au/AU07_intensity.dat", \
     "f943b2b1c56de3451c8a4c29bee32733d5ba36c29a54be49bf92862f4ea9f8a7", 37660}, \
    {"au/AU07_intensity_static.dat", \
     "93f0d95afc74e49c4b6f1d2fe7e7ea3315f905f38614bfca64ffee374e470867", 37652}, \
    {"au/AU07_presence.dat", \
     "81946cce13ebcae38fdb787fcd3821a5d7f36b9286cc9f84b8d8082500a73c58", 37668}, \
    {"au/AU07_presence_static.dat", \
     "0fbfa365c00eec92960bec62694fbfa44ef543624e1630e3e0c1cb05616e3277", 37668}, \
    {"au/AU09_intensity.dat", \
     "6bf425153f293ac748a03354fb1721fd04a155897e65e276a68f13dd33a15590", 37660}, \
    {"au/AU09_intensity_static.dat", \
     "a8b0aa90e9c229122296a0583ac90284254873f23ac97c737d1ca1bbed623d5d", 37652}, \
    {"au/AU09_presence.dat", \
     "c4d3c2c3565ff84c4737bdcd192a6f8239d9a1eef42e72d50eb224fb4f0eb5a5", 37668}, \
    {"au/AU09_presence_static.dat", \
     "4e3fdf51b4c2e5208ee656761ec6aa2b1a41b3ca0fee72e9088cbefe4259d7f3", 37668}, \
    {"au/AU10_intensity.dat", \
     "996f44d6d9cb34816b599465ad7633719fd01ee1ec7e07dab368e90f7fa8929b", 37660}, \
    {"au/AU10_intensity_static.dat", \
     "0ed6e44007a7518c226e2692da9083be899e532cdbbb9947549eb7040449be6e", 37652}, \
    {"au/AU10_presence.dat", \
     "5f99cfd5d27430411ead957cfbb30fbc6031321479222a363b26d1d5484d4b24", 37668}, \
    {"au/AU10_presence_static.dat", \
     "dc4a1a443d4a6065e9a08b0f6da64a890d212d9a9e5e1d64cd3854c657c14c80", 37668}, \
    {"au/AU12_intensity.dat", \
     "380557c368f0468e3f6f778075b12c764b5ac2c6a581ce64623328f7498744b6", 37660}, \
    {"au/AU12_intensity_static.dat", \
     "8dd5209410ab419c65f9c9f0bc5a073c25df26c12c3d2e0e17b1cca1b26a0a05", 37652}, \
    {"au/AU12_presence.dat", \
     "c74d312e9b844da0f91790beb77e37d098b22e71233aa1344330c7bd75821766", 37668}, \
    {"au/AU12_presence_static.dat", \
     "7cccaca39ce1c847f5a350931deaf43bf5f3a877d66a3a6ba0dcbc080ed4774d", 37668}, \
    {"au/AU14_intensity.dat", \
     "17ebafc7f001154147a43f054440b65ed33b2fd1ef6ecf9b77fa4d3bb596673b", 37660}, \
    {"au/AU14_intensity_static.dat", \
     "f7db431d039bb29463dafe141525e41d40f936a7aab5a56bc881de89e0a9a5f1", 37652}, \
    {"au/AU14_presence.dat", \
     "ab32e62e72ddd7866644fa846251175caf703443c8eba58566d4d125c06f1702", 37668}, \
    {"au/AU14_presence_static.dat", \
     "3156fe73acae5aa5ed6bedb1a8e41bd2a3589b4734c0e611536f8ea96fb49715", 37668}, \
    {"au/AU15_intensity.dat", \
     "547bad6c14e0090fe74b1cc2b893af45245323dd9604a2067d5621de2fed3b57", 37660}, \
    {"au/AU15_intensity_static.dat", \
     "46dc359eb00d159a128910a5ee63e69a87ba7f8d6cd955784e67281ac68343ad", 37652}, \
    {"au/AU15_presence.dat", \
     "a12d66732ef8a069ecb02abe4df20b9fdc6e484e4a9206832aeb0dbf675f6ed0", 37668}, \
    {"au/AU15_presence_static.dat", \
     "b11c9e710e58380512079893b81ddbd630d2d398d2c3d54b3ee6aed0343895c7", 37668}, \
    {"au/AU17_intensity.dat", \
     "ddda77323fe899dc37975e2cdc93ec08708a524563c564eb42800011306e6f7c", 37660}, \
    {"au/AU17_intensity_static.dat", \
     "a286c7d7f1cad18d3d006d05b7905d32cf6bdce5bc64fb4044242b1b9c341259", 37652}, \
    {"au/AU17_presence.dat", \
     "19bfec7c86ff5871abe77b643e1af35d0bcfd4c2da26cb79da6a48bf36c54fa4", 37668}, \
    {"au/AU17_presence_static.dat", \
     "e775ac9f2c3e3748ed5e783ea5dc86f0aeb77739044acfb996801342521a6467", 37668}, \
    {"au/AU20_intensity.dat", \
     "ab85f7a32f7ffb9824ef97a7a19bea6c7dce854fd1cf8e710209f178ca55c530", 37660}, \
    {"au/AU20_intensity_static.dat", \
     "075ddaad692b1eb8178ebac477c0eee14db2c9edb6baa3ca765c73b92edc9115", 37652}, \
    {"au/AU20_presence.dat", \
     "7264158a10694339d33269c2fe80608f18af4f011dae2a86170ec609291189f4", 37668}, \
    {"au/AU20_presence_static.dat", \
     "e7b7fffc2e18ab66fd903ba5d841481b8e4097f824b0f892b0ad9618a95ec6b3", 37668}, \
    {"au/AU23_intensity.dat", \
     "1412514753447f6642e9fc84528857ee728ca33a126f17192865ad3d44a3c153", 37660}, \
    {"au/AU23_intensity_static.dat", \
     "31fb83dfd43e47604bc2ab5f44c27c84fddf8860a07794902b0a7bf0555c0647", 37652}, \
    {"au/AU23_presence.dat", \
     "98e3b2f7866c2a72ea1bb1a7f02fb41ff297f85b813f587790fdd8b2119ec47e", 37668}, \
    {"au/AU23_presence_static.dat", \
     "075bcbd4893ad188fa12979875fa2942c219bc0c05256895f52bec15d42213be", 37668}, \
    {"au/AU25_intensity.dat", \
     "60740e3d28502fd5c012a85ca37bd64c1e3ca3b9aad48b6008f38a7683da4576", 37660}, \
    {"au/AU25_intensity_static.dat", \
     "172de5f7968b2e7a10b13b70f1fbfe9c9e409ad05f5e00238ca96208bdd98e0f", 37652}, \
    {"au/AU25_presence.dat", \
     "22ef2ee2a434249957b82af50a8ab8ade089479cf59ca5812cdc92d51249368d", 37668}, \
    {"au/AU25_presence_static.dat", \
     "4393ea9f3a6539af80ab66cfb5c87c4c3a65fd09ad3982b48cabb5bb6f3026bb", 37668}, \
    {"au/AU26_intensity.dat", \
     "33a3b12f945bceb91edef47de07ba89859ed545fdd007b7ec26a987e625db802", 37660}, \
    {"au/AU26_intensity_static.dat", \
     "78f2ebd6d891587f423a8b425511c902859861815e9da780ce1029fc961ea75e", 37652}, \
    {"au/AU26_presence.dat", \
     "97600a524b59c53e7af62ee5cdfa4157bd40ab834c3c0fa3e3990976f2759acf", 37668}, \
    {"au/AU26_presence_static.dat", \
     "057a0f261207cae4f55db227890a2bfd470cfb8ca75dea488b23363e02bdf6de", 37668}, \
    {"au/AU45_intensity.dat", \
     "07a517d69a76a9f7e356d85543faf8de0503f5f02e643992ae82660bdf99762e", 37660}, \
    {"au/AU45_intensity_static.dat", \
     "bd2ca2fc7035bdbc695b6a0e94f71ac054e98b6ac6a32e8223e1a71e3b5ff67b", 37652}, \
    {"au/AU45_presence.dat", \
     "7dd667f4152d0476b524eac538afbdb11af89dc220b3c0c93e46d3d9f79cf2ad", 37668}, \
    {"au/AU45_presence_static.dat", \
     "5a329eaba383b05682b1d34d417bf83417ebac2f98ef738fd116caa3bb459da3", 37668}, \
    {"au/AU_builtin.txt", \
     "469fd881f513b87248ceac04fdfde2c5cb6ff67b071d0c42068b89a12023c321", 806}, \
    {"au/AU_builtin_static.txt", \
     "a56caf7ed2584954ac84ffb9e0131aced5fc680976ab2256a7a5fdb67043529c", 1044}, \
    {"au/main_dynamic_svms.txt", \
     "c24efc00f63d1c81739dcc5311a041941bf9a8b465f66c4c45b0a53a7f0f2726", 73}, \
    {"au/main_static_svms.txt", \
     "4cbd22877c1dcc2fe5ea8249ef2cdbe4f53241c731e0a8d886d8ceefa0422c0c", 80}, \
    {"au/pdm_68.txt", \
     "f4921921f1bf9987cdac504f0babc6566a0d3bd1c6e2192c665f0eeabff967ea", 68816}, \
    {"au/triangles_68.txt", \
     "aa02bae9ac0234dd7e95d88aa3bca07cba8f1f3cfd50f87c585cba8e5dec79ae", 1017}, \
    {"face_detector.onnx", \
     "042b8c3426b114c0581a39adf939ab61eb1deb7ed80d6e02426ff22f8fa29233", 1289193}, \
    {"face_gaze.onnx", \
     "13b67f99ab2544c8226c705f1e3e5d28e9a4788ceb6f5b73824091bbd273f322", 2568077}, \
    {"face_landmarks.onnx", \
     "a7eb4ec59ffab4a9c721c87d526ef3512741ae13ff437aecf8611ba92ec3e945", 1587892},
