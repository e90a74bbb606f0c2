#include "report/models_used.h"

#include <mien/models.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int mn_models_used(mien_pipeline *p, mien_model_use **use)
{
    int n = mien_models_used(p, NULL, 0);
    *use = n > 0 ? calloc((size_t)n, sizeof(**use)) : NULL;
    return *use ? mien_models_used(p, *use, n) : 0;
}

/* Models that mien itself evaluates have no provider of their own. */
static bool is_network(const mien_model_use *m)
{
    return strcmp(m->provider, "mien") != 0;
}

/* The provider that all networks share; NULL if they differ. Networks come first. */
static const char *common_provider(const mien_model_use *use, int n)
{
    for (int i = 1; i < n; i++)
        if (is_network(&use[i]) && strcmp(use[i].provider, use[0].provider))
            return NULL;
    return use[0].provider;
}

static char *provider_list(const mien_model_use *use, int n)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return NULL;
    for (int i = 0; i < n; i++)
        if (is_network(&use[i]))
            fprintf(out, "%s%s=%s", ftell(out) > 0 ? "," : "", use[i].role, use[i].provider);
    fclose(out);
    return text;
}

char *mn_models_used_providers(mien_pipeline *p)
{
    mien_model_use *use;
    int n = mn_models_used(p, &use);
    const char *same = n > 0 ? common_provider(use, n) : NULL;
    char *text = same ? strdup(same) : n > 0 ? provider_list(use, n) : NULL;
    free(use);
    return text;
}

const char *mn_models_used_au(mien_pipeline *p)
{
    mien_model_use *use;
    const int n = mn_models_used(p, &use);
    const char *found = NULL;
    for (int i = 0; i < n; i++)
        if (!strcmp(use[i].role, "au"))
            found = use[i].name;
    free(use);
    return found;
}
