/* Claims: several processes or machines take inputs from one folder, each input once.
 *
 * A claim is a file in FOLDER/.mien/claims/, named by a hash of the result's name and created with
 * O_EXCL, which is atomic on network file systems as well. Its owner touches it now and then; one
 * that was not touched for MN_CLAIM_EXPIRY seconds belongs to a dead machine, and another process
 * may take it over. Clocks of the machines must agree to within a minute. */
#ifndef MN_CLI_CLAIM_H
#define MN_CLI_CLAIM_H

#include <stdbool.h>

#define MN_CLAIM_EXPIRY 300.0 /* seconds */
#define MN_CLAIM_TOUCH 60.0   /* seconds between two touches */

/* The folder of the claims, which is made; malloced; NULL on failure, reported. */
char *mn_claim_folder(const char *results);

/* Claims a result. False: another process has it, or it was given up. */
bool mn_claim_take(const char *claims, const char *rows);

/* Shows that the owner is alive. */
void mn_claim_touch(const char *claims, const char *rows);

/* Ends the claim. failed: the input is not tried again by others until the claim is deleted. */
void mn_claim_end(const char *claims, const char *rows, bool failed);

#endif
