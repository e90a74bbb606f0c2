/* Pictures that were analysed as a numbered sequence: labels of p00/face/17.jpg then are about
 * frame 17 of the result p00/face. */
#ifndef MN_CLI_SEQUENCES_H
#define MN_CLI_SEQUENCES_H

#include "evaluate/labels.h"
#include "evaluate/pairing.h"

/* Labels of pictures that have no result, but whose folder, or the folder of that, has one, become
 * labels of its frames: the number is the frame; if there is a picture 0, it is frame 1. Before
 * mn_labels_finish. Returns the number of pictures, or MIEN_ENOMEM, reported. */
int mn_sequences_join(struct mn_labels *l, struct mn_pairing *results);

#endif
