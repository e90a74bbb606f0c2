#include "sink/sink.h"
const struct mn_sink_info mn_sink_video = {.name="video", .missing="soon"};
int mn_cmd_models(int argc, char **argv);
int mn_cmd_models(int argc, char **argv){return 0;}
