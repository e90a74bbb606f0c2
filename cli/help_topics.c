#include "help_topics.h"

#include <string.h>

#include "io/exit_status.h"
#include "optparse.h"

static const struct mn_topic topics[] = {
    {.name = "columns",
     .summary = "which columns a result has",
     .text = {"A result has the columns of the frame and the box, and those of the analyses in "
              "--analysis. Read columns by name: new ones may be added at the end of a group. A "
              "cell is empty if the value does not exist, for example in a frame without a face.",
              "man mien-output describes units, axes and signs; mien help coordinates is the "
              "short form."}},
    {.name = "coordinates",
     .summary = "axes, units and signs",
     .page = "mien-output",
     .text =
         {"Left and right always refer to the image: a person who faces the camera has the "
          "right eye at image left.",
          "Picture: pixels, origin top left, x right, y down, after rotation.",
          "Camera: millimetres, x image right, y down, z away from the camera.",
          "Gaze by the network: degrees; yaw is positive towards image left, pitch is positive "
          "up; both are 0 when the person looks into the lens.",
          "Head pose: radians; pose_Rx is positive when the head looks down, pose_Ry when it "
          "turns to image left, pose_Rz when it leans clockwise in the image.",
          "Gaze by geometry (gaze_angle_x, gaze_angle_y): radians as in OpenFace; x is positive "
          "towards image right, y is positive down."}},
    {.name = "environment",
     .summary = "environment variables",
     .text = {"  MIEN_MODELS         default of --models: builtin, rendered, standard or a folder\n"
              "  MIEN_BUILTIN        folder of the built-in models\n"
              "  MIEN_ONNXRUNTIME    path of the ONNX Runtime library to load\n"
              "  MIEN_WORKER         path of the program that --exec processes starts\n"
              "  MIEN_FETCH_TIMEOUT  seconds that a download waits for a connection and data\n"
              "  MIEN_LSL            path of the liblsl that mien run --send lsl loads\n"
              "  MIEN_WEB_TOKEN      token in the address of mien run --web; by default random\n"
              "  MIEN_PLAIN          1: plain C loops instead of AVX2; for comparisons\n"
              "  MIEN_TEST           faults for the tests of mien itself; leave it unset\n"
              "  SLURM_CPUS_PER_TASK limits the number of workers of --workers auto\n"
              "  SLURM_ARRAY_TASK_ID with _COUNT and _MIN: the part that --shard auto analyses\n"
              "  SLURM_MEM_PER_NODE  limits the number of jobs of --jobs auto (MB)\n"
              "  XDG_DATA_HOME       its folder mien/models holds the standard models\n",
              "man mien describes them in detail. MIEN_ONNXRUNTIME and MIEN_WORKER name code that "
              "runs with your rights: never take them from an untrusted source."}},
    {.name = "exit-status",
     .summary = "exit statuses and their meanings",
     .text = {"Each kind of failure has its own exit status, and one message on standard error "
              "names the file, the cause and the cure. With several inputs the status is that of "
              "the first failure. In this list 8, 10 and 11 leave usable results:"},
     .print = mn_exit_status_explain},
    {.name = "files",
     .summary = "results, sidecars and partial files",
     .page = "mien-output",
     .text = {"A result NAME.csv is written as NAME.csv.partial and gets its final name when it is "
              "complete. After an interruption the partial file is kept; the next run replaces "
              "it.",
              "The sidecar NAME.csv.meta.json records versions, models with their digests, "
              "options, facts about the input, counts of frames, and whether the result is "
              "complete.",
              "Existing results are replaced only with --force."}},
    {.name = "models",
     .summary = "built-in models, research models, your own",
     .text =
         {"--models builtin, the default: models that come with mien. Most of them were trained "
          "on rendered faces; most action units are experimental (mien columns).",
          "--models rendered: of these, those that were trained on rendered faces alone.",
          "--models standard: research models that mien models pull has fetched. Most of them "
          "have licences without commercial use: see mien models list.",
          "OpenFace's models: mien models pull openface22, or mien models import FOLDER from an "
          "OpenFace folder; then --models standard --landmarks clnf --columns openface.",
          "--models DIR: a folder of your own. A file that is not in the registry is used only "
          "with --allow-unknown-models: give it only for files that you trust.",
          "The sidecar of each result records the models that were used."}},
    {.name = "people",
     .summary = "what face_id means",
     .text = {"face_id is the number of a person within one input: a face that was followed from "
              "frame to frame. It starts at 0 and is never reused. A person who is out of sight "
              "for two seconds or more gets a new number. mien does not identify people.",
              "--person ID writes the rows of one person, --max-faces N follows the N largest "
              "faces only.",
              "Action units are calibrated for each person with the whole video; au_final is 1 in "
              "rows for which this was done."}},
    {.name = "privacy",
     .summary = "where data go, and what mien must not be used for",
     .text =
         {"Analyses run on this machine, and nothing leaves it. The network is used only by mien "
          "models pull, by mien run --source URL, and by mien run --send to an address.",
          "Videos of people, and most of the numbers, are personal data; in many places they "
          "are biometric data. Get consent before you record.",
          "Do not use mien to identify people, for covert surveillance, to decide about people "
          "(hiring, grades, policing), or to detect lies, intent, personality or emotion: it "
          "measures movements, and no such conclusion is validated.",
          "docs/privacy.md in the source tree has the details."}},
    {.name = "processes",
     .summary = "workers, and the decoder process",
     .text = {"--exec threads, the default, uses all available cores. --exec processes puts the "
              "networks into worker processes: one that crashes or hangs is replaced, and its "
              "frame is tried again. --exec sequential uses one core. The results are the same.",
              "--isolate-decoder decodes each file in a process that cannot open files or sockets "
              "and cannot start programs. Use it for files from untrusted sources. It is the "
              "default with --exec processes and for folders; run and bench do not have it.",
              "The sidecar records which restrictions were in force (input.decoder)."}},
    {.name = "resume",
     .summary = "continue an interrupted collection",
     .text =
         {"  mien extract videos/ -o results/ --resume\n",
          "skips every input whose result is complete, unmodified, and was produced by the same "
          "version, models and options. Any other existing result is an error and is never "
          "replaced; --force replaces results.",
          "--summary FILE writes one line for each input with its outcome."}},
};
#define NUM_TOPICS (int)(sizeof(topics) / sizeof(topics[0]))

const struct mn_topic *mn_topic_at(int i)
{
    return i >= 0 && i < NUM_TOPICS ? &topics[i] : NULL;
}

const struct mn_topic *mn_topic_find(const char *name)
{
    for (int i = 0; i < NUM_TOPICS; i++)
        if (!strcmp(topics[i].name, name))
            return &topics[i];
    return NULL;
}

void mn_topic_print(const struct mn_topic *t, FILE *file)
{
    for (int i = 0; i < MN_TOPIC_PARAGRAPHS && t->text[i]; i++) {
        fputs(i ? "\n" : "", file);
        if (t->text[i][0] == ' ')
            fputs(t->text[i], file);
        else
            mn_optparse_wrap(file, 0, 0, t->text[i]);
    }
    if (t->print) {
        fputc('\n', file);
        t->print(file);
    }
}

void mn_topic_summaries(FILE *file)
{
    for (int i = 0; i < NUM_TOPICS; i++)
        fprintf(file, "  %-12s %s\n", topics[i].name, topics[i].summary);
}
