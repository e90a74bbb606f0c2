/* Written by scripts/builtin_digests.sh from models/builtin; not to be edited. */
#define BUILTIN_DETECTOR "4812ac8a78bb2c018415cc745d4bc975828d484d602f2caf2d2d2eada4767f03", 1289193
#define BUILTIN_LANDMARKS "91379f692b3ba5ca829f79dbdc32602491d9dd3442b52b92a141335536c94034", 1587892
#define BUILTIN_GAZE "305cd5997778697c1073fdb7f8b6468967111ba14d2835bbdecba736ebc8c715", 1290895
#define BUILTIN_AU "469fd881f513b87248ceac04fdfde2c5cb6ff67b071d0c42068b89a12023c321", 806
#define BUILTIN_AU_EXPERIMENTAL 1,2,4,5,6,7,9,10,14,15,17,20,23,28,45,
#define BUILTIN_FILES \
    {"au/AU01_intensity.dat", \
     "ef57dd14aad6e6f70a8b502945e245784831475a0a5cd7253076b2a0aedc77fa", 37660}, \
    {"au/AU01_intensity_static.dat", \
     "ad947e12ab7746e7379adcb28e4d93e6674092f14931a5fbb1f2871580153191", 37652}, \
    {"au/AU01_presence.dat", \
     "f009b18b47d41cb61bdffe67ff10b245d4bc053399d68c0ab0a59671f15ebcbf", 37668}, \
    {"au/AU01_presence_static.dat", \
     "5bfb2254b14ad3621f75263260f0e2bcab594f41ea9e58d43b3ec2dbc2ea3c5f", 37668}, \
    {"au/AU02_intensity.dat", \
     "c8b5bde8453b68c3d755675142d0d0be80bb74fd25be12158c4c5e3225bde16a", 37660}, \
    {"au/AU02_intensity_static.dat", \
     "f73fd1257adf4c531134bfecdf5681069dc6a5d64f6bc88596b04729b35420d6", 37652}, \
    {"au/AU02_presence.dat", \
     "28813bb5ea5c71c40b0ec5a4874b59fa9460b0fb9db57c7d31b0c9e262409079", 37668}, \
    {"au/AU02_presence_static.dat", \
     "8bf03118b1f625af6c957059d6c22600d48d65fad3bab526e1bf97b0833d732b", 37668}, \
    {"au/AU04_intensity.dat", \
     "cf0ed2c68607b6b97231d7469970a069118622e0bedfe79a5c0b068d6d1a9233", 37660}, \
    {"au/AU04_intensity_static.dat", \
     "afab0b790bef2d52ad760f0e7d8a45104c5e0656bfd517610b32e7d08a45d24c", 37652}, \
    {"au/AU04_presence.dat", \
     "d93cc9759ed04cbc26016e69157088d88004cea572b22de07d2b33ab7e2936b1", 37668}, \
    {"au/AU04_presence_static.dat", \
     "fd823b9bd0a890936bfac241765077cc5ba988292a7bc47680a07d2f73c8c7db", 37668}, \
    {"au/AU05_intensity.dat", \
     "4acf25fbf862d497354b003cbead0295e162a76b0f6c1d23ecb96e982eae0924", 37660}, \
    {"au/AU05_intensity_static.dat", \
     "ec3e03d2f61cdcd9171bf92e56a500b218b2cc4a57084f51d3a4132d7e77ff9e", 37652}, \
    {"au/AU05_presence.dat", \
     "bd7d42b5222fe784db2e527b1c3255c92f98655fa87c8fad6123e6c9dac17c01", 37668}, \
    {"au/AU05_presence_static.dat", \
     "044b3d15cf6d6ca3d1c5691be44ec140be67e94a4bb485593dac2eafb880bf30", 37668}, \
    {"au/AU06_intensity.dat", \
     "efa04127979f381a240ca25ceec6bcb3a6de22840b565d01ea6d3f251dfa4493", 37660}, \
    {"au/AU06_intensity_static.dat", \
     "a7788f0f46003f355ace6bce19577926015fbd404ec7c5562c39a60d09241eae", 37652}, \
    {"au/AU06_presence.dat", \
     "226da9997a91d3d368c740488de4f608b97291a986601450fa1b627f25b57712", 37668}, \
    {"au/AU06_presence_static.dat", \
     "220db8228ad00bd155955c5d27adecccb041667eb745ecc17988b1137341adc6", 37668}, \
    {"au/AU07_intensity.dat", \
     "d06079f7c585dd08812c7e5887abafece133bdb1b5b7c2cec9781f38e239eb6b", 37660}, \
    {"au/AU07_intensity_static.dat", \
     "f5fb80edb1cf1a8f78220e20b907de21a753614b3ce27ff4c92aabc1ef2f4bb6", 37652}, \
    {"au/AU07_presence.dat", \
     "0d8a9c5d8b6867b5d53176531fc1b672303d83ab856d7b71e3c5628848051f3e", 37668}, \
    {"au/AU07_presence_static.dat", \
     "7c7be11894913f39cc14e4e567d6a073940d644df224e29fbff75748c3d28c3e", 37668}, \
    {"au/AU09_intensity.dat", \
     "c0098c7f8f94634b8adddaf6d404187a760f954fac326f7039f03b218c1dad69", 37660}, \
    {"au/AU09_intensity_static.dat", \
     "9d24453c17199177f71990c09477435988ec2030e81fd8ef1c64802edd430e11", 37652}, \
    {"au/AU09_presence.dat", \
     "8f54a4f8f810dc9cd4870a8c27bb7c1bffe10dbc9c915331962087a1df54f2ec", 37668}, \
    {"au/AU09_presence_static.dat", \
     "5c7aaada3a0e77cc7efc9dde5a16ef3e239c1ce6873664b7e69c3558ccd6eaeb", 37668}, \
    {"au/AU10_intensity.dat", \
     "95155fa3578c0c061d04dc181150609b85a458462a4d43e0c8445728ed503949", 37660}, \
    {"au/AU10_intensity_static.dat", \
     "2738b65aae970cf94460f27c443c836ba2270cc11ae17aeabd7e448f5c67d8a6", 37652}, \
    {"au/AU10_presence.dat", \
     "f2efff45654f01505069aff1879b34c0df38db97b349792045f1a62633c073c9", 37668}, \
    {"au/AU10_presence_static.dat", \
     "e3c59141202c1e179d57019e8cc6688ab86c96828ceccfcaa5067802a766b1d2", 37668}, \
    {"au/AU12_intensity.dat", \
     "21da7b32f6ad75199db94c9e2a7b364dab1912ed20a573f814c0ca9502012ef8", 37660}, \
    {"au/AU12_intensity_static.dat", \
     "28c620947cfa6eacca78738a73a95def26ea77bfb24debdb6a85d947a65a919a", 37652}, \
    {"au/AU12_presence.dat", \
     "bed41fc8927c3794107340dfeaf7a886b533bfa929968c3decb8a8ba6143997e", 37668}, \
    {"au/AU12_presence_static.dat", \
     "abb4865e678d66f07bfbd243cc1df8b06f0ac7f73a95022da68b3a8be29e7767", 37668}, \
    {"au/AU14_intensity.dat", \
     "3107cc04b2437d5f25850559a0896db2ec90c5fe7bae0ae87a10a21f42fc9e47", 37660}, \
    {"au/AU14_intensity_static.dat", \
     "18164c7e829e10622daebbb0e19147a8192c44f780eb99d8483cb573228e54c9", 37652}, \
    {"au/AU14_presence.dat", \
     "1187c2b6cc80ccf8cfc0fa6e4df559523846d15fbc69b6eb6c87d3d741808164", 37668}, \
    {"au/AU14_presence_static.dat", \
     "2da0254a9e9b4d4b5ef8cad7da9603dd1929b8ca91915c4c09cc28b7e7306dd4", 37668}, \
    {"au/AU15_intensity.dat", \
     "fe207340591662a40ce55a791a74688e195ac8e5431c3ed08fd82d98509326e0", 37660}, \
    {"au/AU15_intensity_static.dat", \
     "4e9927d75d6bb58c0ff65c3abecc42d3a41787facb88c770ddc929971807260c", 37652}, \
    {"au/AU15_presence.dat", \
     "311082cfc41330a7b49b84c4610c4913072de2c2c8f9fb01b7f4ab66c83047fb", 37668}, \
    {"au/AU15_presence_static.dat", \
     "e86cedf82e1ea43dd1dd8bf2ccf646acc0840241a0bdb3d9fd850982f7fb6133", 37668}, \
    {"au/AU17_intensity.dat", \
     "0ea0e825a13c659490a456ab6ecac4ec8f6b95c4967d669914780611ff30a853", 37660}, \
    {"au/AU17_intensity_static.dat", \
     "2bd6adc8612f438270bc181786dc603d519233a93c227fe2bdc10be5da0bac88", 37652}, \
    {"au/AU17_presence.dat", \
     "a8656ad1e70246cc70725658fc97f378d5427809b2129f4c9eeb16a67a3ca427", 37668}, \
    {"au/AU17_presence_static.dat", \
     "bec0854f17bf82f097b6d39bd6019110cc69c481fe6f9cf3536210e428cbb72d", 37668}, \
    {"au/AU20_intensity.dat", \
     "b8691e9440c002aecdbadee1368916255ac7b2db7e245494f05a9bef5c3619bc", 37660}, \
    {"au/AU20_intensity_static.dat", \
     "d4b6b812ade60de2226696efab07737fd9035d3d54a44a0bebdc6a4207c9692a", 37652}, \
    {"au/AU20_presence.dat", \
     "88b2feb059daf2562fed21cbe2f82071f2e2102b77ca9308e353a0ddcdc0a691", 37668}, \
    {"au/AU20_presence_static.dat", \
     "4f7bd1f4fb18685b553243f70cdc21027f81902eeb68b3db0a4ed0b2c4776be4", 37668}, \
    {"au/AU23_intensity.dat", \
     "f749abbe566870f3bdc755d5b2ae410bfb4a11b22b91ba5132cac1be01655ac2", 37660}, \
    {"au/AU23_intensity_static.dat", \
     "8cc15d6b88c5f01cecb1605ee31fd8726e86a75135ebc6325ce5326e43d8180b", 37652}, \
    {"au/AU23_presence.dat", \
     "ee696712ed70156be0701873b2e160f130d66598a16982e83244d83c052a1144", 37668}, \
    {"au/AU23_presence_static.dat", \
     "001061df7ca185a441b5811f07105eb36e936c78804fd8621b4efc779ab23dd8", 37668}, \
    {"au/AU25_intensity.dat", \
     "b084c2a9e56467bc1e4fd4e1f031a27d0a0b2ad8c5f545fca3f3dcb0c147f374", 37660}, \
    {"au/AU25_intensity_static.dat", \
     "6ecc73a368f2cc0f164d9095e10386891c7c52efccda3a038604348e93e85621", 37652}, \
    {"au/AU25_presence.dat", \
     "a1190fa32045246ee8bfc01139a537da498425ff2995b98a48a2bd6f5a2a7ebd", 37668}, \
    {"au/AU25_presence_static.dat", \
     "cef27be185f862d781407d1f779c74de084a1e290359bd4c3f995b81867f1a43", 37668}, \
    {"au/AU26_intensity.dat", \
     "ffcfa00ff8ab3201026fb82b7ab3cec73cad3c90085f6c2c9786a0905f0672ee", 37660}, \
    {"au/AU26_intensity_static.dat", \
     "8bdd3862dd85ef04451c4be6d93b56f76b4fd1db47bb9e819ff1136c40d13685", 37652}, \
    {"au/AU26_presence.dat", \
     "f7de15ac48d34d1bf918cecd212bbbca19674e1611b9a967d622f28fb4337158", 37668}, \
    {"au/AU26_presence_static.dat", \
     "eba9c2b6d33b0e862b320035726f8f9108d2688f8127ca812c4dc5b35eefecbc", 37668}, \
    {"au/AU45_intensity.dat", \
     "db6928c8e938295e98d2baa7bb25895639eb393eb730195c58410cad4c5e9345", 37660}, \
    {"au/AU45_intensity_static.dat", \
     "7097cec206398942df5d9597100c0f87175fd8946e364293176025ace816609a", 37652}, \
    {"au/AU45_presence.dat", \
     "08d1456e15eed7c4a5547118088ed76a0b1a569b12c011ee19a0b7620449ed0a", 37668}, \
    {"au/AU45_presence_static.dat", \
     "c8d0db8a4ed5d112b77c635350f060c5cb01a317e25428427511b8ea229d7bdc", 37668}, \
    {"au/AU_builtin.txt", \
     "469fd881f513b87248ceac04fdfde2c5cb6ff67b071d0c42068b89a12023c321", 806}, \
    {"au/AU_builtin_static.txt", \
     "a56caf7ed2584954ac84ffb9e0131aced5fc680976ab2256a7a5fdb67043529c", 1044}, \
    {"au/experimental.txt", \
     "c613fcabc563048792fae35cd55c2dcb5198394bdc0c0ef5752e7a361ac8e69d", 75}, \
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
     "91379f692b3ba5ca829f79dbdc32602491d9dd3442b52b92a141335536c94034", 1587892},
