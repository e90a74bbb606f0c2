/* Written by scripts/builtin_digests.sh from models/builtin; not to be edited. */
#define BUILTIN_DETECTOR "4812ac8a78bb2c018415cc745d4bc975828d484d602f2caf2d2d2eada4767f03", 1289193
#define BUILTIN_LANDMARKS "a91ec694838495ef1890bffe9ffdd9c5ebbe03e6ac1803edec6136a187d7eaf3", 1358606
#define BUILTIN_GAZE "305cd5997778697c1073fdb7f8b6468967111ba14d2835bbdecba736ebc8c715", 1290895
#define BUILTIN_AU "469fd881f513b87248ceac04fdfde2c5cb6ff67b071d0c42068b89a12023c321", 806
#define BUILTIN_AU_EXPERIMENTAL 1,2,4,5,6,7,9,10,12,14,15,17,20,23,28,45,
#define BUILTIN_FILES \
    {"au/AU01_intensity.dat", \
     "488d4fd712124d3fcb423b670303a285d671d8c19e4dea58afb7410b13b275b0", 37660}, \
    {"au/AU01_intensity_static.dat", \
     "b0f92138e34646a02660957ddb0d8b577f3aada41d57d2be77e0c849dffebfe9", 37652}, \
    {"au/AU01_presence.dat", \
     "5706922f358554b1e9d3895a8b77351a51e3c15cfc41c6d22a1291a2037a71ce", 37668}, \
    {"au/AU01_presence_static.dat", \
     "24a4294032daf8eee117363a4a42f6cd3b48b554b25ea1771cd8ae27638c1518", 37668}, \
    {"au/AU02_intensity.dat", \
     "bf3e6b0f2a610aa0d9786d726bfa72d8b8ad13e13f7528c3e0247db0cdfe0ac1", 37660}, \
    {"au/AU02_intensity_static.dat", \
     "ebe422d2b4d7e501570d1ef08811d77af1cf1134ac8ac82f7aecee1ee268a30d", 37652}, \
    {"au/AU02_presence.dat", \
     "b6a52e885fa93d7d29322d6f64f53ab3f30b49c67687f295755abc6c2727b9d1", 37668}, \
    {"au/AU02_presence_static.dat", \
     "e9351c81405339ceb8c3b54ef2447a178b5ef7491dae11e8d53030ef24b8927f", 37668}, \
    {"au/AU04_intensity.dat", \
     "983624391b8913f646be733436454d96e57312fb602905422976aa82dc4fc7a2", 37660}, \
    {"au/AU04_intensity_static.dat", \
     "6f93951b2b434c8def55cfe5a8504ffd171ec4399219ce2bb3f030ff504d6291", 37652}, \
    {"au/AU04_presence.dat", \
     "00a4624edb8c9ea960bc7476a85ec4323cc0410c3d6f4b6c8ad4d5aa64f9a20f", 37668}, \
    {"au/AU04_presence_static.dat", \
     "62ba84670946ced7dd4728b721d793258ae12ee47e2334acd7ad84a182f84902", 37668}, \
    {"au/AU05_intensity.dat", \
     "43301d4c19eb37bf7c902d62f75bd40db239ccdfc62153d978ad3e132c661905", 37660}, \
    {"au/AU05_intensity_static.dat", \
     "4ccbe7a723a436c40d5926fcab9ff74de0b21ed9117f60e9aa0fba7a457acf82", 37652}, \
    {"au/AU05_presence.dat", \
     "0e3114dd3eb008bd71d790c35b26b162553828dadf7e41319ec6966f740eade0", 37668}, \
    {"au/AU05_presence_static.dat", \
     "f1720212b2c9d863dd0967dd22095c35b1385bdc117fe25ae92fa696399ce96f", 37668}, \
    {"au/AU06_intensity.dat", \
     "cdff85f72f53f1890a81327b2c7eec8e2a6f69fa28881f50a2c48ed96e599c61", 37660}, \
    {"au/AU06_intensity_static.dat", \
     "de270e18542ee0c9c636c87f7c838b190617d8a72d2f2698e5c0c2257ae4f13a", 37652}, \
    {"au/AU06_presence.dat", \
     "f0077d8b0986960cd437d8538364026a1752592b85d53ae1efbc0e6c9510273f", 37668}, \
    {"au/AU06_presence_static.dat", \
     "2a7db4164bd68963713743ae098dffe7897822b1826186ece7045d131296a86a", 37668}, \
    {"au/AU07_intensity.dat", \
     "69c957a6c3ed09423a7e946b8f296c79bfc42d4c9babf08180d6a4002faba071", 37660}, \
    {"au/AU07_intensity_static.dat", \
     "31ca5d2395a5978b17a81e0da92f220cecbbebb9afba6a2e76a548cdfe290f30", 37652}, \
    {"au/AU07_presence.dat", \
     "25d46ee3c92c7148df8a85c7600acb7e15f0337796b74b1bc6925091b8167352", 37668}, \
    {"au/AU07_presence_static.dat", \
     "8449403cc30b176c074ce38ba011f73151b8df9afae93f94ef496261be4d1652", 37668}, \
    {"au/AU09_intensity.dat", \
     "4ebca193bb230e90548db3775256104c86d15d167f9b4581e247d365f6e178a4", 37660}, \
    {"au/AU09_intensity_static.dat", \
     "5bf4e0f8c5c4b25563748835d588b0964c34f86cdb147bf52765143804e69b09", 37652}, \
    {"au/AU09_presence.dat", \
     "7dfb751bc931d5e518eb1b3045f6f63bd756e0d15be05219be0afb82d368f042", 37668}, \
    {"au/AU09_presence_static.dat", \
     "9791448dc11ff9245b993a4018cf1a32cdda697d70e571d884cdc6b0d1b1aa86", 37668}, \
    {"au/AU10_intensity.dat", \
     "ddd93dd3ab4d1653292bfdb5eff99ce6a5cc03441db1df12ff4bcd0bdabdeb64", 37660}, \
    {"au/AU10_intensity_static.dat", \
     "dfe5dff7e026b4f42939a7461adf510e7a9257e22674786bf1d7fdd280c28309", 37652}, \
    {"au/AU10_presence.dat", \
     "097107098de40884509af04ad232064c139e73e7ed2241d108802ab72d1f4714", 37668}, \
    {"au/AU10_presence_static.dat", \
     "d0603eb584f2569fc2d181fad72be28a44aebfd3d740be5e202d851f98dd2649", 37668}, \
    {"au/AU12_intensity.dat", \
     "8abb2af612a488ff53fcb8c990da63e031528874d2c94497b9b7c84fa8245f56", 37660}, \
    {"au/AU12_intensity_static.dat", \
     "31ad96260c3d296a4296d6ea0aaab635330d69bf87cd87186db15094d18b9dad", 37652}, \
    {"au/AU12_presence.dat", \
     "82180688f8bab174873de86741c09c5cbc497a6459068872ad8d56d2553145db", 37668}, \
    {"au/AU12_presence_static.dat", \
     "b9bf09028f24ca309e5ad15b7b554625c14bbd3e115f9ad2611ed49bf036adf9", 37668}, \
    {"au/AU14_intensity.dat", \
     "2c16a05f0769cd84a4ed8c2b06f26982f99876d20ccb943f09aff8f979c359bb", 37660}, \
    {"au/AU14_intensity_static.dat", \
     "5a4add3bffaeea12fec45f4e2e6a0f311626a7b94ecd47a8e8747b62ad8c405b", 37652}, \
    {"au/AU14_presence.dat", \
     "b1027deaa32f00bf40c65f25ef4cfa1d3d37b84a0659075e061531cf3d545def", 37668}, \
    {"au/AU14_presence_static.dat", \
     "e643e4750318a7532f16ffc22576dd7cd7930657532cb90da19c71c4923b17fa", 37668}, \
    {"au/AU15_intensity.dat", \
     "122b134f8b86c1bb661d1e520ed5f92a22b1eda2c25cbdfde80afc90366d57fa", 37660}, \
    {"au/AU15_intensity_static.dat", \
     "1894efb359e63fa0b9339d9d12464143c8bc49241ed25f9af9f3930e6120de20", 37652}, \
    {"au/AU15_presence.dat", \
     "fe239df5c316e398e9cacf60565e4ced9e52b12ab4dabe950323e4a3d5d6006e", 37668}, \
    {"au/AU15_presence_static.dat", \
     "e5ab783555bd5468ac08eba3d3dbe520b7d37622584cd95ec9b1e1cfdb1170a0", 37668}, \
    {"au/AU17_intensity.dat", \
     "8e3b280bd0b583855e2d2878bbfbd3c45a182fcd54fa0bbcb6e493e378ce68ba", 37660}, \
    {"au/AU17_intensity_static.dat", \
     "b077933559d692116df771b543f33c47f7c44fad8497a966cc20cf847cc86499", 37652}, \
    {"au/AU17_presence.dat", \
     "15146e11e636f45c1a3da266ab39f463e6793a2197d0c4cfbddce82a04994c5e", 37668}, \
    {"au/AU17_presence_static.dat", \
     "861321f16d0241e8b8264d312f48f497c853486b12611b878197cf066fc6ab51", 37668}, \
    {"au/AU20_intensity.dat", \
     "c24ce0816a2e8315e318e0e27c34541ca7c40bd446692600cfc382ba0daafb0b", 37660}, \
    {"au/AU20_intensity_static.dat", \
     "7a2bdcb3600ebeba5a4804fe470f958306fb31d04ab9794a0cee43ca6553a9be", 37652}, \
    {"au/AU20_presence.dat", \
     "b974aa10be4a7b3cc4125f3cc5bfcd60546d367fee1ba9cae08949ae92959e22", 37668}, \
    {"au/AU20_presence_static.dat", \
     "78dd9542caa59b56a7ab684da93fccef98cbc70f2ad154f9b24e4ca82d8dd44a", 37668}, \
    {"au/AU23_intensity.dat", \
     "f312b55c50bdc7421608a7e1f2948224d730e183e7eee1c33a8820d304e92ca5", 37660}, \
    {"au/AU23_intensity_static.dat", \
     "b2f347fd3e7fc4ef3d8a025f12baa6f1a40cdfce0188e448fc3ea04b3295f284", 37652}, \
    {"au/AU23_presence.dat", \
     "20a6452d1dc430666ef9c8eda2bc22df0ee56c2ac616d517bca4743e2436d8bc", 37668}, \
    {"au/AU23_presence_static.dat", \
     "2bb62dc1c28d5c444fb14ff0b2d53cc2aa593c5a81557234a6b06bc729c9afcb", 37668}, \
    {"au/AU25_intensity.dat", \
     "4c00aa0a0e168dda759afc41ef2a73195695835021913b6784ba20dc617631f9", 37660}, \
    {"au/AU25_intensity_static.dat", \
     "ba7215b0c1082ebc22fc526df52dd5628455752763768e7e00c4b5065ff1da62", 37652}, \
    {"au/AU25_presence.dat", \
     "afa7e3b36b3ec2573496f71efe1bbc830ed01f88be5a7e2c6171719e9a0192c4", 37668}, \
    {"au/AU25_presence_static.dat", \
     "3b3542e6de2a153a629ba87f617cddb67717238598aa30897f5db48276f2d98f", 37668}, \
    {"au/AU26_intensity.dat", \
     "dde5828e3d286439ed0d985964851b909bba88ce93d9219beef01d19f46fe932", 37660}, \
    {"au/AU26_intensity_static.dat", \
     "0d6daff7baf73ffe41da3f86e590fb4e1f6d0c6a235e0df0b6033d6e5689c84b", 37652}, \
    {"au/AU26_presence.dat", \
     "a21d52b23221182516bd83c625801eea710a7ee6cf80c8810ac035226f8abf39", 37668}, \
    {"au/AU26_presence_static.dat", \
     "575aec42a960ab21674c951fe8ca92e1cfdbcaeff1f0aeda288a091f9874ec1c", 37668}, \
    {"au/AU45_intensity.dat", \
     "e5bbf9b135ee44afcd70185ddcb256ca189c3b1c608a8468e998bddf9419b28a", 37660}, \
    {"au/AU45_intensity_static.dat", \
     "0d88f75b4289e2048977f08b7398f5821395668ef32589f901cc9ca51a6bb8b1", 37652}, \
    {"au/AU45_presence.dat", \
     "c23f29cfb744f53e9039749470c71472bcb775b5e4953d19dcb8b3e1a648c843", 37668}, \
    {"au/AU45_presence_static.dat", \
     "b754baa0257bce03bd8a093989ef74f1f7e3116b71ebbe4be4a31d0cd7e2bf8a", 37668}, \
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
     "a91ec694838495ef1890bffe9ffdd9c5ebbe03e6ac1803edec6136a187d7eaf3", 1358606},
