/* Where on the base mesh the landmarks are. */
#ifndef SY_MARKS_H
#define SY_MARKS_H

#define SY_MARKS_68 68
#define SY_MARKS_98 98

/* A mark is the mean of two vertices (often the same). */
struct sy_mark {
    int a, b;
};

#define SY_OUTLINE 48

/* Where the outline may pass at the height of a mark of the jaw, when the face is turned. */
struct sy_outline {
    int num, vertex[SY_OUTLINE];
};

struct sy_marks {
    struct sy_mark at68[SY_MARKS_68];
    struct sy_mark at98[SY_MARKS_98]; /* the pupils, 96 and 97, are the eyes' business */
    struct sy_outline outline[17];    /* of marks 0 to 16 */
    int forehead[3];                  /* on the hairline, for the box */
};

/* skin[v]: v is on the skin. The tables name the subject's left half; the right is the mirror
 * image, found on the mesh. */
void sy_marks_make(struct sy_marks *m, const float (*vertex)[3], int num_vertices,
                   const unsigned char *skin);

/* The largest vertex number in the tables: a mesh with fewer is not the right one. */
int sy_marks_largest(void);

#endif
