/* Written by scripts/builtin_digests.sh from models/builtin; not to be edited. */
#define BUILTIN_DETECTOR "4af60173f8f6af0d8cfe541441c1b378f314df2d7a4d1bfedd488f5189a928b3", 1289467
#define BUILTIN_LANDMARKS "32eada7d509af8f0d8bc7dba481335a234629d00aa116be9295baa71ba84da0f", 1587892
#define BUILTIN_GAZE "4c06ef3336a9c3e322da1f4e834c3602af03b810afc539ec1d8c2e43fb886d7c", 2568077
#define BUILTIN_AU "469fd881f513b87248ceac04fdfde2c5cb6ff67b071d0c42068b89a12023c321", 806
#define BUILTIN_AU_EXPERIMENTAL 
#define BUILTIN_FILES \
    {"au/AU01_intensity.dat", \
     "1913a021ec11666ca87dd41287b8fd4a4382f3067ce658f6a0add5c4d43a2fa6", 37660}, \
    {"au/AU01_intensity_static.dat", \
     "9c6c745e98495673c9231ca596d71ed9669b982e28a44ce05a2ab8dded2102e5", 37652}, \
    {"au/AU01_presence.dat", \
     "6831afe0f9c6a34e1fcc720f5258665462059f299103c598ed723c1f5d2ce2a1", 37668}, \
    {"au/AU01_presence_static.dat", \
     "0ac7be4db19252a9f8929e55add6773126f40994d47d1818cf4702bb7de53156", 37668}, \
    {"au/AU02_intensity.dat", \
     "eae08ba3b5a03f7b6e0b3d0cee70d1f92629412fb704f6e62e7a67d75112c8e0", 37660}, \
    {"au/AU02_intensity_static.dat", \
     "b608f3280ba21b2a42b23b8bb41462f58f23d21acda3e31a596be2c9c4a8a386", 37652}, \
    {"au/AU02_presence.dat", \
     "1798858e8940c8bc1b020aaea4202d326c7b76e950cd20e68fabe90a57cb9a77", 37668}, \
    {"au/AU02_presence_static.dat", \
     "9c93d2452f2594d33003516e5fcec0b31160bb4a15dd8c7def6c5421a5ff977d", 37668}, \
    {"au/AU04_intensity.dat", \
     "295d4207d57bb72491e3fedbdeffb761ad5dbe5759ec2cef08e963cbea000c11", 37660}, \
    {"au/AU04_intensity_static.dat", \
     "341c16d71cedd4b5164f6ed15e475feae7ccc9ac4d56883b9446a81b503ac8aa", 37652}, \
    {"au/AU04_presence.dat", \
     "97304f374e8c51e34fb15c432df92da3ad1af7902ec951363e87e0ea5453ace8", 37668}, \
    {"au/AU04_presence_static.dat", \
     "4f062fc185fcbd0db4596c642617e75de12778b30811316d32ba274564c59a2b", 37668}, \
    {"au/AU05_intensity.dat", \
     "4a2def476fac1090589e12d0ec15cc5bea563e509a196a0a3ccfd16af4708adf", 37660}, \
    {"au/AU05_intensity_static.dat", \
     "fef2b24cee8b77675c7aaa706347e7cb107872d93e5b17fea0c73d5a258671d0", 37652}, \
    {"au/AU05_presence.dat", \
     "ab93e9dde85db65c7eb58e1e0a3d0aaf776d88b09e3318125e414cc345fa2a94", 37668}, \
    {"au/AU05_presence_static.dat", \
     "614f755df6b595fe8c3b6a9eaf68a6b15015bf0148093904a975c98779ed4ad8", 37668}, \
    {"au/AU06_intensity.dat", \
     "0dee3f93dff3fc4c10a0fddd707b9fb403eb34cb8020d782c669387b746586ba", 37660}, \
    {"au/AU06_intensity_static.dat", \
     "980a68e9c22c494a8314943bab3b1867177474f1bef806ea5aa530077c0468f8", 37652}, \
    {"au/AU06_presence.dat", \
     "b6694ad5cd7d0590af27de87e72bc8b74bd143fd4c67e19a2794e9bef5674bc0", 37668}, \
    {"au/AU06_presence_static.dat", \
     "6725085b3e78b6769ad67c9806f87873a22f597231d5df19920d39be8b670cb0", 37668}, \
    {"au/AU07_intensity.dat", \
     "31942b14337c3f5b58576981524e51a1eebbfe480722fe2a17104cae03267693", 37660}, \
    {"au/AU07_intensity_static.dat", \
     "5bb17a8d321087340d42025d02dcab286cbb39299799be3333c2468f1213ac91", 37652}, \
    {"au/AU07_presence.dat", \
     "1b9c07c8e20a07940d55e1df191524928403b0866af4180e4cd4155665e04304", 37668}, \
    {"au/AU07_presence_static.dat", \
     "ae39354dcbbd8830df06408015f3de80d482efa9b03f84892f57b009fe9d64ab", 37668}, \
    {"au/AU09_intensity.dat", \
     "4be87a83af9c714f94a91e19a737e4acf4f46bc2d4864a98ea6fe8e686cbd498", 37660}, \
    {"au/AU09_intensity_static.dat", \
     "b90283f006408951ed1937357177b09cb80c1f7322457b2546e09b85e2b6eec6", 37652}, \
    {"au/AU09_presence.dat", \
     "6131fc9ab2b3c7e3cb5f853f7697a7c1690abde3f495bd8598d7ec3834635b95", 37668}, \
    {"au/AU09_presence_static.dat", \
     "39776d338817b0beb831aa5c099f9a9b3653fb0b129d7553b4dbfae0933c8de3", 37668}, \
    {"au/AU10_intensity.dat", \
     "22f6ec8f99545e1721a1a112491e21519b5de10aab1b88d9050af44700e591c8", 37660}, \
    {"au/AU10_intensity_static.dat", \
     "825cb5e00d81072715e485ae89d659542c583c34f8386a2c0f6cd56be064aa82", 37652}, \
    {"au/AU10_presence.dat", \
     "72119aad04a8ff62805c13e137686c7cb3be271dfa4b636915183455a24ccbbb", 37668}, \
    {"au/AU10_presence_static.dat", \
     "0f450a1909ba04d4e70b9c5b4762d022a7572947257e190b316c07b2ed889cfe", 37668}, \
    {"au/AU12_intensity.dat", \
     "0316b569141ee70c74ae7784f0e6826f9f2c9678ad5a35ad4471488e3ecda71c", 37660}, \
    {"au/AU12_intensity_static.dat", \
     "23db9b0aa83c94176c443ccaa22c6bf43bcf1092eb655b79ec38741852740d13", 37652}, \
    {"au/AU12_presence.dat", \
     "77ca7ba92461453a42a18e75549af7a70f6f2858a310300fbdafc0987e9d96c9", 37668}, \
    {"au/AU12_presence_static.dat", \
     "946ee1d49bde4e9a4f89be7f99445f62b7b2da72a591605929d264b67e5f1097", 37668}, \
    {"au/AU14_intensity.dat", \
     "45e5255e80079e5c1b992f2d620636344754b3fe8a3f9bcf2cede107549d327c", 37660}, \
    {"au/AU14_intensity_static.dat", \
     "5b7bb10499ea99151dc23db2bad907748f3805be891f161bc0e8456748bc4a4e", 37652}, \
    {"au/AU14_presence.dat", \
     "8539ec8ccbdf56654c7f9e1dc3a2f2ccd040fa4eb17200032cbf1d850a6b0c07", 37668}, \
    {"au/AU14_presence_static.dat", \
     "5f0559f124ac9614571d87221cffcf718c88e3244c51d4588afc73391859da19", 37668}, \
    {"au/AU15_intensity.dat", \
     "c276ae3d6c948622331c702ee5f5a13c64b87caa66e5dbb56a7eab9bdced9f20", 37660}, \
    {"au/AU15_intensity_static.dat", \
     "9021fd53d7c05b5773ffe920800e1f16529af1507309412f5cda8b3b2e22b723", 37652}, \
    {"au/AU15_presence.dat", \
     "8b01dbc376e845c4ac9681daf269936dd638653965b89a463d98ada5598a09f3", 37668}, \
    {"au/AU15_presence_static.dat", \
     "8ee274bf6ca0b724f2a6dd7d1cd609dd480f4cf83e4147fdd5cf1073f50e882f", 37668}, \
    {"au/AU17_intensity.dat", \
     "585ebe7d5e4120ce935ce42aa0af20fd28453e3d6290b74ed6eb4fe97bd4d909", 37660}, \
    {"au/AU17_intensity_static.dat", \
     "40daec5eb3ab670c4787ae255f509246e35fce25292b712b1d2cef71735d38b7", 37652}, \
    {"au/AU17_presence.dat", \
     "a23313b42b24cfaa759b0052e031f0d517bd5aec640b028a511e7331e1d11942", 37668}, \
    {"au/AU17_presence_static.dat", \
     "b4b718e6696fc7c671b5ad9911058178f6e4e0084eab431ba5b99cf0a6878111", 37668}, \
    {"au/AU20_intensity.dat", \
     "9073a71dfa0160228c483d012dff1a43790008690c4da76b03717146fc78e558", 37660}, \
    {"au/AU20_intensity_static.dat", \
     "e6081b46e6d6e71659f5347ea0b76545656c957b5de3da05582faa5f55e41b77", 37652}, \
    {"au/AU20_presence.dat", \
     "dd4cac8cb9d9a094a83cf2e05961901f5cc79d68e547692a4edffe1753456e64", 37668}, \
    {"au/AU20_presence_static.dat", \
     "a03d4b48211272d9226cccc19df092d6942421114ff050ddb52243ee1b12a218", 37668}, \
    {"au/AU23_intensity.dat", \
     "954319703bcaea72d9a876da5c85453446e20c7c959c3614abae3eb3de0fe70e", 37660}, \
    {"au/AU23_intensity_static.dat", \
     "79ae974c0d4e4254948e29bbe33b051edbc6cbeaa789e719fe1141dfddc44200", 37652}, \
    {"au/AU23_presence.dat", \
     "3a000de3fcbe7e29cf2f46fb82beb7dc1dbbb08a4c21d6ee8e85ce4e688efbc7", 37668}, \
    {"au/AU23_presence_static.dat", \
     "2222487ada6a3de3ca80085d23f866eccc2dae8f15abc7943273cc5e9ca1969e", 37668}, \
    {"au/AU25_intensity.dat", \
     "2310cd726cc05bae0af1d61df854be8c57ca448c570fb8800deaa98affe0eeb4", 37660}, \
    {"au/AU25_intensity_static.dat", \
     "851e61d5d68250c2428a4f0ae3e1159337339ebe4083ae5519155532c7acd216", 37652}, \
    {"au/AU25_presence.dat", \
     "b2f969246c01895f39a83acba50963f97a630857c31a554d47d0191abae4994c", 37668}, \
    {"au/AU25_presence_static.dat", \
     "75be312908aacf8d6a169b7e16b52aa37b0acd0c402e6078c4fcb41438a7a865", 37668}, \
    {"au/AU26_intensity.dat", \
     "50e7ad76f8875fe884ded3a79ab49520ed6d1161a9e0d4f5055f6a53db93f538", 37660}, \
    {"au/AU26_intensity_static.dat", \
     "f1f309a08050c58ef192b80dbdeaba9be036ab6baa6a8f2f1e86d535d875ff18", 37652}, \
    {"au/AU26_presence.dat", \
     "eb9541e7a90b8949ed911623bf03cf39b267e7cd132e84a9299d258a3e6c3102", 37668}, \
    {"au/AU26_presence_static.dat", \
     "671fc62bbfd87f8da49a63eac995a3eecf3d1519aaef509a63b1de31c528131b", 37668}, \
    {"au/AU45_intensity.dat", \
     "f5b70633d41c13da6821aa1972c5a5cfdcaa7e963a98f6e4e8128a03efee5304", 37660}, \
    {"au/AU45_intensity_static.dat", \
     "e84ca8e72693249d41b953837d5c6c9bac525ec96c161c892ccee6a202b8e456", 37652}, \
    {"au/AU45_presence.dat", \
     "4dde08ef9a5e3bec104403a793f47db7368ee43a58a35ecc8e8471393e13c216", 37668}, \
    {"au/AU45_presence_static.dat", \
     "7287442ea31302084ba6b7f74761aeec0bbd6fb1da96d6ae8c8861e90afcd776", 37668}, \
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
     "4af60173f8f6af0d8cfe541441c1b378f314df2d7a4d1bfedd488f5189a928b3", 1289467}, \
    {"face_gaze.onnx", \
     "4c06ef3336a9c3e322da1f4e834c3602af03b810afc539ec1d8c2e43fb886d7c", 2568077}, \
    {"face_landmarks.onnx", \
     "32eada7d509af8f0d8bc7dba481335a234629d00aa116be9295baa71ba84da0f", 1587892},
