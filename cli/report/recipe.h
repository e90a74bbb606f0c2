/* The recipe of a result: everything that decides its numbers. */
#ifndef MN_CLI_RECIPE_H
#define MN_CLI_RECIPE_H

#include <mien/stats.h>

#include "io/json.h"
#include "options.h"

/* A hash of the recipe: mien's version, models, options and table of landmarks, but not how the
 * work is distributed. Never 0. Compute it of a pipeline as it was opened first: single pictures
 * need other models later, but have the same recipe. */
uint64_t mn_recipe_hash(const struct mn_options *o, mien_pipeline *p);

/* The options of the recipe as JSON items. analysis: MIEN_* bits. */
void mn_recipe_options(struct mn_json *j, const struct mn_options *o, unsigned analysis,
                       const mien_stats *stats);

#endif
